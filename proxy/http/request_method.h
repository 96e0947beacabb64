#pragma once

#include <string_view>

namespace chainmend::proxy {

/// The method of the HTTP request that these bytes begin, a part of them; empty when they begin none: the
/// methods of RFC 9110 have at most 7 capital letters.
std::string_view request_method(std::string_view bytes);

}  // namespace chainmend::proxy
