#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/bytes.h"

namespace chainmend::proxy {

/// RFC 4648 section 4, white space between characters allowed, padding needed. nullopt for anything else.
std::optional<Bytes> decode_base64(std::string_view text);

/// With padding, in one line.
std::string encode_base64(ByteView bytes);

}  // namespace chainmend::proxy
