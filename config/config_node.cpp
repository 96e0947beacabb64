#include "config/config_node.h"

#include "config/toml_text.h"

namespace chainmend::config {

const char* to_string(ConfigNode::Kind kind) {
    using enum ConfigNode::Kind;
    switch (kind) {
        case boolean:
            return "true or false";
        case integer:
            return "a whole number";
        case real:
            return "a number with a fraction";
        case text:
            return "a text";
        case time:
            return "a date";
        case list:
            return "a list";
        case table:
            return "a table";
    }
    return "a value";
}

std::string quoted(const ConfigNode& node) {
    using enum ConfigNode::Kind;
    switch (node.kind) {
        case boolean:
            return node.boolean ? "true" : "false";
        case integer:
            return std::to_string(node.integer);
        case real:
        case time:
            return node.text;
        case text:
            return node.text.size() > 60 ? toml_text(node.text.substr(0, 57) + "...") : toml_text(node.text);
        case list:
        case table:
            return to_string(node.kind);
    }
    return {};
}

}  // namespace chainmend::config
