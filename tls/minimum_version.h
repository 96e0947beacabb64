#pragma once

#include <string_view>

#include "config/result.h"

namespace chainmend::tls {

/// The oldest protocol version that one side accepts. SSLv3 and older can not be named. With tls1_2 or tls1_3
/// only forward-secret AEAD suites are offered (RFC 9325 section 4.2); the two older ones are for single
/// hosts that have nothing else and also bring back the CBC suites and SHA-1 handshake signatures that those
/// versions are made of, and for clients RSA key exchange.
enum class MinimumVersion { tls1_0, tls1_1, tls1_2, tls1_3 };

/// "1.0", "1.1", "1.2" or "1.3"; ErrorCode::invalid_argument otherwise.
Result<MinimumVersion> parse_minimum_version(std::string_view text);

}  // namespace chainmend::tls
