#pragma once

#include <string>
#include <string_view>

namespace chainmend {

/// Lower case of ASCII letters alone, whatever the locale: for names of hosts, header fields and schemes.
char ascii_lower(char c);
std::string ascii_lower(std::string_view text);

}  // namespace chainmend
