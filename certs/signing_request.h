#pragma once

#include <string>
#include <string_view>

#include "certs/private_key.h"

namespace chainmend::certs {

/// A PKCS#10 request (RFC 2986) in PEM, by which an organisation can issue the signing CA: for `common_name`
/// (1 to 64 characters), asking for basicConstraints CA:TRUE pathlen 0, keyUsage keyCertSign and cRLSign
/// (both critical), and a subject key identifier. ErrorCode::invalid_argument for a name of another length.
Result<std::string> signing_request_pem(const PrivateKey& key, std::string_view common_name);

}  // namespace chainmend::certs
