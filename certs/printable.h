#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace chainmend::certs {

/// `text`, which a stranger wrote, made fit to be shown and logged: UTF-8 that is neither a control character
/// nor invisible nor able to reorder what stands around it stays as it is. Everything else is escaped: bytes
/// that are no UTF-8 and ASCII controls as "\x1b", other characters as "\u{202e}". Longer results than about
/// `max_bytes` are cut and end in "...".
std::string printable(std::string_view text, std::size_t max_bytes = 4096);

}  // namespace chainmend::certs
