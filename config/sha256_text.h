#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/bytes.h"

namespace chainmend {

/// 64 hexadecimal digits of either case, with or without colons between the octets.
std::optional<Sha256> parse_sha256_hex(std::string_view text);

/// The SHA-256 of a SubjectPublicKeyInfo as people write pins: hexadecimal as above, or base64 as in RFC 7469
/// section 2.1.1, with "sha256/" (curl, OkHttp) or "pin-sha256=" in front or not.
std::optional<Sha256> parse_key_pin(std::string_view text);

/// RFC 4648 section 4, with padding and without line breaks: 44 characters for a pin.
std::string to_base64(ByteView bytes);

}  // namespace chainmend
