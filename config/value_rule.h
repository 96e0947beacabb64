#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/config_node.h"
#include "config/settings.h"
#include "config/value_check.h"

namespace chainmend::config {

/// What the value of one key must be, and how it is written.
struct ValueRule {
    enum class Kind { boolean, integer, duration, size, text, choice, list, ports, text_map };

    Kind kind = Kind::text;
    /// For integer, size (bytes) and duration (milliseconds), both inclusive.
    std::int64_t least = 0;
    std::int64_t most = INT64_MAX;
    std::vector<std::string> choices;  ///< for choice
    ValueCheck check = nullptr;        ///< for text, and for each text in a list or map
    /// What to write when nothing is set ("auto"), for settings whose default depends on others; else empty.
    std::string automatic;
    /// What of the value is nobody's business who looks at settings, messages or records.
    enum class Secret { nothing, userinfo, all };
    Secret secret = Secret::nothing;
};

/// "duration", "list of texts", "one of off, stapled, soft, hard": as the documentation says it.
std::string describe(const ValueRule& rule);

/// `value`, in quotation marks or not, as people and records may see it: what is secret of it is "***".
std::string without_secret(const ValueRule& rule, std::string value);

/// Assigns `node` to `value`, or says what is wrong with it, worded to follow the name of the key: "is 7;
/// ...". Nothing is assigned then.
Complaint assign(const ConfigNode& node, const ValueRule& rule, bool& value);
Complaint assign(const ConfigNode& node, const ValueRule& rule, std::int64_t& value);
Complaint assign(const ConfigNode& node, const ValueRule& rule, std::string& value);
Complaint assign(const ConfigNode& node, const ValueRule& rule, std::chrono::milliseconds& value);
Complaint assign(const ConfigNode& node, const ValueRule& rule, std::chrono::seconds& value);
Complaint assign(const ConfigNode& node, const ValueRule& rule, std::vector<std::string>& value);
Complaint assign(const ConfigNode& node, const ValueRule& rule, std::vector<std::int64_t>& value);
Complaint assign(const ConfigNode& node, const ValueRule& rule, std::map<std::string, std::string>& value);
Complaint assign(const ConfigNode& node, const ValueRule& rule, Revocation& value);
Complaint assign(const ConfigNode& node, const ValueRule& rule, FailureStyle& value);
Complaint assign(const ConfigNode& node, const ValueRule& rule, HostAction& value);

template <class T>
Complaint assign(const ConfigNode& node, const ValueRule& rule, std::optional<T>& value) {
    if (!rule.automatic.empty() && node.kind == ConfigNode::Kind::text && node.text == rule.automatic) {
        value.reset();
        return std::nullopt;
    }
    T assigned{};
    Complaint complaint = assign(node, rule, assigned);
    if (!complaint) value = std::move(assigned);
    return complaint;
}

/// The value as TOML that assign() reads back to the same value.
std::string to_toml(bool value, const ValueRule& rule);
std::string to_toml(std::int64_t value, const ValueRule& rule);
std::string to_toml(const std::string& value, const ValueRule& rule);
std::string to_toml(std::chrono::milliseconds value, const ValueRule& rule);
std::string to_toml(const std::vector<std::string>& value, const ValueRule& rule);
std::string to_toml(const std::vector<std::int64_t>& value, const ValueRule& rule);
std::string to_toml(const std::map<std::string, std::string>& value, const ValueRule& rule);
std::string to_toml(Revocation value, const ValueRule& rule);
std::string to_toml(FailureStyle value, const ValueRule& rule);
std::string to_toml(HostAction value, const ValueRule& rule);

template <class T>
std::string to_toml(const std::optional<T>& value, const ValueRule& rule) {
    return value ? to_toml(*value, rule) : to_toml(rule.automatic, rule);
}

}  // namespace chainmend::config
