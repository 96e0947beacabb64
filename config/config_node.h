#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace chainmend::config {

/// Where something stands in a file, both counted from 1; 0 when it stands in no file.
struct Position {
    int line = 0;
    int column = 0;
};

struct ConfigEntry;

/// A value as it was written, before anybody knows what it should have been. Free of the TOML library, so
/// that only one file depends on that.
struct ConfigNode {
    enum class Kind { boolean, integer, real, text, time, list, table };

    Kind kind = Kind::table;
    Position where;
    bool boolean = false;
    std::int64_t integer = 0;
    std::string text;  ///< for text; and for real and time as people would write them
    std::vector<ConfigNode> items;
    std::vector<ConfigEntry> entries;
};

struct ConfigEntry {
    std::string key;
    Position where;  ///< of the key, or of the table's header
    ConfigNode value;
};

/// "text", "a number", ...: for messages.
const char* to_string(ConfigNode::Kind kind);

/// The value as a message quotes it: texts in quotation marks, long ones cut, lists and tables only named.
std::string quoted(const ConfigNode& node);

}  // namespace chainmend::config
