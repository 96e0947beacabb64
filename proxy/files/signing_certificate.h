#pragma once

#include <filesystem>
#include <vector>

#include "certs/certificate.h"
#include "config/result.h"
#include "config/time.h"

namespace chainmend::proxy {

/// The certificate of the signing CA in `directory`, for those who do not sign: the key is not looked at, and
/// nothing is made. ErrorCode::not_found when there is none, ErrorCode::signing_ca when it can not be read.
Result<certs::CertificatePtr> load_signing_certificate(const std::filesystem::path& directory);

/// The certificates of every signing CA of this installation: the present one, those before it, and the one
/// that comes next. None of them may ever vouch for a server. Empty when there is none; the same errors for
/// the present one, while the others are passed over when they can not be read.
Result<std::vector<certs::CertificatePtr>> load_own_cas(const std::filesystem::path& directory);

/// What clients are told to trust, the present CA first: the same, without those that have expired at `now`,
/// and for a CA that an organisation issued those above it.
Result<std::vector<certs::CertificatePtr>> load_certificates_to_trust(const std::filesystem::path& directory,
                                                                      Time now);

}  // namespace chainmend::proxy
