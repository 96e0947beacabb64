#include "config/value_rule.h"

#include <algorithm>

#include "config/setting_names.h"
#include "config/toml_text.h"
#include "config/unit_text.h"

namespace chainmend::config {
namespace {

std::string is(const ConfigNode& node, const std::string& what_it_should_be) {
    return "is " + quoted(node) + "; " + what_it_should_be;
}

/// The same of a text that may be secret.
std::string is(ConfigNode node, const ValueRule& rule, const std::string& what_it_should_be) {
    if (node.kind == ConfigNode::Kind::text) node.text = without_secret(rule, node.text);
    return is(node, what_it_should_be);
}

/// "a, b or c"
std::string alternatives(const std::vector<std::string>& names) {
    std::string text;
    for (std::size_t i = 0; i < names.size(); ++i) {
        text += (i == 0 ? "" : i + 1 == names.size() ? " or " : ", ") + names[i];
    }
    return text;
}

std::string bound_text(std::int64_t bound, ValueRule::Kind kind) {
    if (kind == ValueRule::Kind::duration) return duration_text(std::chrono::milliseconds{bound});
    if (kind == ValueRule::Kind::size) return size_text(bound);
    return std::to_string(bound);
}

Complaint check_range(const ConfigNode& node, const ValueRule& rule, std::int64_t number) {
    if (number >= rule.least && number <= rule.most) return std::nullopt;
    const std::string least = bound_text(rule.least, rule.kind);
    if (rule.most == INT64_MAX) return is(node, "it must be at least " + least);
    return is(node, "it may be from " + least + " to " + bound_text(rule.most, rule.kind));
}

/// Chooses the enumerator whose name was written.
template <class Enum>
Complaint assign_choice(const ConfigNode& node, const ValueRule& rule, Enum& value,
                        std::initializer_list<Enum> all) {
    for (const Enum candidate : all) {
        if (node.kind == ConfigNode::Kind::text && node.text == to_string(candidate)) {
            value = candidate;
            return std::nullopt;
        }
    }
    return is(node, "it may be " + alternatives(rule.choices) +
                        (node.kind == ConfigNode::Kind::text ? "" : ", in quotation marks"));
}

template <class T, class Print>
std::string list_to_toml(const T& items, Print print) {
    std::string text = "[";
    for (const auto& item : items)
        text += (text.size() > 1 ? ", " : "") + print(item);
    return text + "]";
}

/// "a.test" = "192.0.2.1" needs quotation marks in TOML; without them it is a table in a table, which is
/// taken the same way.
Complaint assign_entries(const ConfigNode& node, const ValueRule& rule, const std::string& prefix,
                         std::map<std::string, std::string>& value) {
    for (const ConfigEntry& entry : node.entries) {
        const std::string name = prefix + entry.key;
        if (entry.value.kind == ConfigNode::Kind::table) {
            if (auto complaint = assign_entries(entry.value, rule, name + ".", value)) return complaint;
            continue;
        }
        if (entry.value.kind != ConfigNode::Kind::text) {
            return "has " + quoted(entry.value) + " for " + toml_text(name) + "; a text is needed";
        }
        if (const auto complaint = rule.check ? rule.check(entry.value.text) : std::nullopt) {
            return "has " + quoted(entry.value) + " for " + toml_text(name) + "; " + *complaint;
        }
        value[name] = entry.value.text;
    }
    return std::nullopt;
}

}  // namespace

std::string describe(const ValueRule& rule) {
    using enum ValueRule::Kind;
    switch (rule.kind) {
        case boolean:
            return "true or false";
        case integer:
            return rule.most == INT64_MAX
                       ? "whole number, at least " + std::to_string(rule.least)
                       : "whole number, " + std::to_string(rule.least) + " to " + std::to_string(rule.most);
        case duration:
            return "duration: ms, s, m, h or d; " + bound_text(rule.least, duration) + " to " +
                   bound_text(rule.most, duration);
        case size:
            return "size: bytes, KiB, MiB or GiB; " + bound_text(rule.least, size) + " to " +
                   bound_text(rule.most, size);
        case text:
            return "text";
        case choice:
            return alternatives(rule.choices);
        case list:
            return "list of texts";
        case ports:
            return "list of port numbers, or \"any\"";
        case text_map:
            return "table of texts";
    }
    return {};
}

std::string without_secret(const ValueRule& rule, std::string value) {
    const bool quoted = value.size() > 1 && value.starts_with('"') && value.ends_with('"');
    const std::size_t begin = quoted ? 1 : 0;
    const std::size_t end = value.size() - begin;
    if (rule.secret == ValueRule::Secret::all && end > begin) return value.replace(begin, end - begin, "***");
    if (rule.secret != ValueRule::Secret::userinfo) return value;
    const auto at = value.rfind('@');
    if (at == std::string::npos) return value;
    const auto scheme = value.find("://");
    const auto userinfo = scheme < at ? scheme + 3 : begin;
    const auto colon = value.find(':', userinfo);
    // What stands there alone may be a name or a token.
    const auto secret = colon < at ? colon + 1 : userinfo;
    return value.replace(secret, at - secret, "***");
}

Complaint assign(const ConfigNode& node, const ValueRule&, bool& value) {
    if (node.kind != ConfigNode::Kind::boolean)
        return is(node, "it may be true or false, without quotation marks");
    value = node.boolean;
    return std::nullopt;
}

Complaint assign(const ConfigNode& node, const ValueRule& rule, std::int64_t& value) {
    std::optional<std::int64_t> number;
    if (node.kind == ConfigNode::Kind::integer) number = node.integer;
    if (rule.kind == ValueRule::Kind::size && node.kind == ConfigNode::Kind::text)
        number = parse_size(node.text);
    if (!number) {
        return is(node, rule.kind == ValueRule::Kind::size
                            ? "a size is needed, for instance \"64KiB\""
                            : "a whole number is needed, without quotation marks");
    }
    if (auto complaint = check_range(node, rule, *number)) return complaint;
    value = *number;
    return std::nullopt;
}

Complaint assign(const ConfigNode& node, const ValueRule& rule, std::string& value) {
    if (rule.kind == ValueRule::Kind::choice) {
        const bool known =
            node.kind == ConfigNode::Kind::text &&
            std::find(rule.choices.begin(), rule.choices.end(), node.text) != rule.choices.end();
        if (!known)
            return is(node, "it may be " + alternatives(rule.choices) +
                                (node.kind == ConfigNode::Kind::text ? "" : ", in quotation marks"));
    }
    if (node.kind != ConfigNode::Kind::text) return is(node, "a text in quotation marks is needed");
    if (const auto complaint = rule.check ? rule.check(node.text) : std::nullopt)
        return is(node, rule, *complaint);
    value = node.text;
    return std::nullopt;
}

Complaint assign(const ConfigNode& node, const ValueRule& rule, std::chrono::milliseconds& value) {
    const auto duration = node.kind == ConfigNode::Kind::text ? parse_duration(node.text) : std::nullopt;
    if (!duration)
        return is(node,
                  "a duration with its unit is needed, for instance \"300ms\", \"3s\", \"10m\" or \"90d\"");
    if (auto complaint = check_range(node, rule, duration->count())) return complaint;
    value = *duration;
    return std::nullopt;
}

Complaint assign(const ConfigNode& node, const ValueRule& rule, std::chrono::seconds& value) {
    std::chrono::milliseconds duration{};
    if (auto complaint = assign(node, rule, duration)) return complaint;
    if (duration % std::chrono::seconds{1} != std::chrono::milliseconds{0})
        return is(node, "whole seconds are needed");
    value = std::chrono::duration_cast<std::chrono::seconds>(duration);
    return std::nullopt;
}

Complaint assign(const ConfigNode& node, const ValueRule& rule, std::vector<std::string>& value) {
    if (node.kind != ConfigNode::Kind::list)
        return is(node, "a list is needed, for instance [\"one\", \"two\"]");
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < node.items.size(); ++i) {
        const ConfigNode& item = node.items[i];
        const std::string where = "[" + std::to_string(i + 1) + "] ";
        if (item.kind != ConfigNode::Kind::text)
            return where + is(item, "a text in quotation marks is needed");
        if (const auto complaint = rule.check ? rule.check(item.text) : std::nullopt)
            return where + is(item, *complaint);
        texts.push_back(item.text);
    }
    if (static_cast<std::int64_t>(texts.size()) < rule.least)
        return "is an empty list; at least one is needed";
    value = std::move(texts);
    return std::nullopt;
}

Complaint assign(const ConfigNode& node, const ValueRule&, std::vector<std::int64_t>& value) {
    if (node.kind == ConfigNode::Kind::text && node.text == "any") {
        value.clear();
        return std::nullopt;
    }
    bool fine = node.kind == ConfigNode::Kind::list && !node.items.empty();
    std::vector<std::int64_t> ports;
    for (const ConfigNode& item : node.items) {
        fine = fine && item.kind == ConfigNode::Kind::integer && item.integer >= 1 && item.integer <= 65'535;
        ports.push_back(item.integer);
    }
    if (!fine)
        return is(node, "it may be a list of ports from 1 to 65535 such as [443, 8443], \"any\" or \"auto\"");
    value = std::move(ports);
    return std::nullopt;
}

Complaint assign(const ConfigNode& node, const ValueRule& rule, std::map<std::string, std::string>& value) {
    if (node.kind != ConfigNode::Kind::table)
        return is(node, "a table is needed, for instance { \"a.test\" = \"192.0.2.7\" }");
    std::map<std::string, std::string> entries;
    if (auto complaint = assign_entries(node, rule, "", entries)) return complaint;
    value = std::move(entries);
    return std::nullopt;
}

Complaint assign(const ConfigNode& node, const ValueRule& rule, Revocation& value) {
    using enum Revocation;
    return assign_choice(node, rule, value, {off, stapled, soft, hard});
}

Complaint assign(const ConfigNode& node, const ValueRule& rule, FailureStyle& value) {
    using enum FailureStyle;
    return assign_choice(node, rule, value, {connect, page, mimic});
}

Complaint assign(const ConfigNode& node, const ValueRule& rule, HostAction& value) {
    using enum HostAction;
    return assign_choice(node, rule, value, {inspect, pass, refuse});
}

std::string to_toml(bool value, const ValueRule&) {
    return value ? "true" : "false";
}

std::string to_toml(std::int64_t value, const ValueRule& rule) {
    return rule.kind == ValueRule::Kind::size ? toml_text(size_text(value)) : std::to_string(value);
}

std::string to_toml(const std::string& value, const ValueRule&) {
    return toml_text(value);
}

std::string to_toml(std::chrono::milliseconds value, const ValueRule&) {
    return toml_text(duration_text(value));
}

std::string to_toml(const std::vector<std::string>& value, const ValueRule&) {
    return list_to_toml(value, toml_text);
}

std::string to_toml(const std::vector<std::int64_t>& value, const ValueRule&) {
    if (value.empty()) return toml_text("any");
    return list_to_toml(value, [](std::int64_t port) { return std::to_string(port); });
}

std::string to_toml(const std::map<std::string, std::string>& value, const ValueRule&) {
    std::string text = "{";
    for (const auto& [name, entry] : value) {
        text += (text.size() > 1 ? ", " : " ") + toml_text(name) + " = " + toml_text(entry);
    }
    return text + (value.empty() ? "}" : " }");
}

std::string to_toml(Revocation value, const ValueRule&) {
    return toml_text(to_string(value));
}
std::string to_toml(FailureStyle value, const ValueRule&) {
    return toml_text(to_string(value));
}
std::string to_toml(HostAction value, const ValueRule&) {
    return toml_text(to_string(value));
}

}  // namespace chainmend::config
