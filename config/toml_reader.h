#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "config/config_node.h"

namespace chainmend::config {

struct SyntaxError {
    Position where;
    std::string message;
};

/// Reads a whole TOML document. The only file that knows the TOML library. Entries come in the order in which
/// they stand in the text.
std::variant<ConfigNode, SyntaxError> read_toml(std::string_view text);

}  // namespace chainmend::config
