#pragma once

#include <filesystem>

#include "certs/certificate.h"
#include "config/result.h"

namespace chainmend::proxy {

/// The certificate of the signing CA in `directory`, for those who do not sign: the key is not looked at, and
/// nothing is made. ErrorCode::not_found when there is none, ErrorCode::signing_ca when it can not be read.
Result<certs::CertificatePtr> load_signing_certificate(const std::filesystem::path& directory);

}  // namespace chainmend::proxy
