#include "config/toml_text.h"

#include <cstdio>

namespace chainmend::config {

std::string one_line(std::string_view text) {
    std::string line;
    for (const char character : text) {
        const auto byte = static_cast<unsigned char>(character);
        if (byte < 0x20 || byte == 0x7f) {
            char escaped[8];
            std::snprintf(escaped, sizeof escaped, "\\u%04X", static_cast<unsigned>(byte));
            line += escaped;
        } else {
            line += character;
        }
    }
    return line;
}

std::string toml_text(std::string_view text) {
    std::string quoted;
    for (const char character : text) {
        if (character == '"' || character == '\\') quoted += '\\';
        quoted += character;
    }
    return '"' + one_line(quoted) + '"';
}

}  // namespace chainmend::config
