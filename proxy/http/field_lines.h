#pragma once

#include <string_view>
#include <vector>

#include "proxy/http/request_head.h"

namespace chainmend::proxy {

/// The lines up to and with the empty one, as headers. The text has passed a HeadScanner: each line has a
/// name and a colon.
std::vector<HttpHeader> parse_field_lines(std::string_view text);

}  // namespace chainmend::proxy
