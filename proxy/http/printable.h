#pragma once

#include <string>
#include <string_view>

namespace chainmend::proxy {

/// Text from a stranger for a message: printable ASCII as it is, everything else as "?", cut at `limit`
/// bytes.
std::string printable(std::string_view text, std::size_t limit = 60);

}  // namespace chainmend::proxy
