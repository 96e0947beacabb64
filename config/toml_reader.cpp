#include "config/toml_reader.h"

#include <toml++/toml.h>

#include <algorithm>
#include <sstream>

#include "config/toml_text.h"

namespace chainmend::config {
namespace {

Position position_of(const toml::source_region& region) {
    return {static_cast<int>(region.begin.line), static_cast<int>(region.begin.column)};
}

template <class T>
std::string printed(const T& value) {
    std::ostringstream text;
    text << value;
    return text.str();
}

bool stands_before(const ConfigEntry& left, const ConfigEntry& right) {
    return std::pair(left.where.line, left.where.column) < std::pair(right.where.line, right.where.column);
}

ConfigNode convert(const toml::node& node);

ConfigNode convert_table(const toml::table& table) {
    ConfigNode converted;
    converted.kind = ConfigNode::Kind::table;
    for (const auto& [key, value] : table) {
        converted.entries.push_back({std::string(key.str()), position_of(key.source()), convert(value)});
    }
    std::stable_sort(converted.entries.begin(), converted.entries.end(), stands_before);
    return converted;
}

/// The recursion is as deep as the nesting of the text, which the TOML library bounds at 256 levels.
ConfigNode convert(const toml::node& node) {
    ConfigNode converted;
    if (const auto* table = node.as_table()) {
        converted = convert_table(*table);
    } else if (const auto* list = node.as_array()) {
        converted.kind = ConfigNode::Kind::list;
        for (const auto& item : *list)
            converted.items.push_back(convert(item));
    } else if (const auto* text = node.as_string()) {
        converted.kind = ConfigNode::Kind::text;
        converted.text = text->get();
    } else if (const auto* boolean = node.as_boolean()) {
        converted.kind = ConfigNode::Kind::boolean;
        converted.boolean = boolean->get();
    } else if (const auto* integer = node.as_integer()) {
        converted.kind = ConfigNode::Kind::integer;
        converted.integer = integer->get();
    } else if (const auto* real = node.as_floating_point()) {
        converted.kind = ConfigNode::Kind::real;
        converted.text = printed(real->get());
    } else {
        converted.kind = ConfigNode::Kind::time;
        node.visit([&converted](const auto& value) {
            if constexpr (toml::is_date<decltype(value)> || toml::is_time<decltype(value)> ||
                          toml::is_date_time<decltype(value)>) {
                converted.text = printed(value.get());
            }
        });
    }
    converted.where = position_of(node.source());
    return converted;
}

/// The library speaks of C++ internals after a colon or in quotation marks; the first sentence is what people
/// need. It quotes the character that it stumbled over as it is, be it the end of the line.
std::string plain(std::string_view description) {
    std::string message(description);
    const std::string prefix = "Error while parsing ";
    if (message.starts_with(prefix)) message = "in this " + message.substr(prefix.size());
    return one_line(message);
}

}  // namespace

std::variant<ConfigNode, SyntaxError> read_toml(std::string_view text) {
    try {
        return convert_table(toml::parse(text));
    } catch (const toml::parse_error& error) {
        return SyntaxError{position_of(error.source()), plain(error.description())};
    }
}

}  // namespace chainmend::config
