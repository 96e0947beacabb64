#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace chainmend::proxy {

/// Keeps keys in the order they are written, so that lines read as they are documented.
using Json = nlohmann::ordered_json;

/// One line of pure ASCII without the newline: everything beyond is \u-escaped and bytes that are no UTF-8
/// become U+FFFD, so no text from a certificate or a client can break a line or reorder it on a screen.
std::string to_line(const Json& json);

}  // namespace chainmend::proxy
