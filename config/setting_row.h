#pragma once

#include <string>
#include <utility>

#include "config/setting_table.h"

namespace chainmend::config {

// How the rows of the setting tables are made.

inline ValueRule boolean() {
    return {ValueRule::Kind::boolean, 0, 0, {}, nullptr, {}};
}

inline ValueRule integer(std::int64_t least, std::int64_t most) {
    return {ValueRule::Kind::integer, least, most, {}, nullptr, {}};
}

inline ValueRule duration(std::chrono::milliseconds least, std::chrono::milliseconds most) {
    return {ValueRule::Kind::duration, least.count(), most.count(), {}, nullptr, {}};
}

inline ValueRule size(std::int64_t least, std::int64_t most) {
    return {ValueRule::Kind::size, least, most, {}, nullptr, {}};
}

inline ValueRule text(ValueCheck check = nullptr) {
    return {ValueRule::Kind::text, 0, 0, {}, check, {}};
}

inline ValueRule choice(std::vector<std::string> choices) {
    return {ValueRule::Kind::choice, 0, 0, std::move(choices), nullptr, {}};
}

inline ValueRule list(ValueCheck check = nullptr) {
    return {ValueRule::Kind::list, 0, 0, {}, check, {}};
}

inline ValueRule ports() {
    return {ValueRule::Kind::ports, 1, 65'535, {}, nullptr, {}};
}

inline ValueRule text_map(ValueCheck check) {
    return {ValueRule::Kind::text_map, 0, 0, {}, check, {}};
}

/// A password: no part of it is ever shown.
inline ValueRule password() {
    ValueRule rule = text();
    rule.secret = ValueRule::Secret::all;
    return rule;
}

/// The URL of a proxy, which may hold a user's name and password.
inline ValueRule proxy_url() {
    ValueRule rule = text(check_optional_proxy);
    rule.secret = ValueRule::Secret::userinfo;
    return rule;
}

/// The same list with at least one text in it.
inline ValueRule not_empty(ValueRule rule) {
    rule.least = 1;
    return rule;
}

/// The same rule for a setting that chooses its value itself unless told otherwise.
inline ValueRule or_auto(ValueRule rule) {
    rule.automatic = "auto";
    return rule;
}

/// A row for a field of `Owner`.
template <class Owner, class T>
Setting<Owner> row(std::string name, T Owner::*field, ValueRule rule, std::string purpose,
                   std::string if_wrong) {
    return {std::move(name),
            rule,
            std::move(purpose),
            std::move(if_wrong),
            true,
            [field, rule](const ConfigNode& node, Owner& owner) { return assign(node, rule, owner.*field); },
            [field, rule](const Owner& owner) { return to_toml(owner.*field, rule); }};
}

/// A row for a field of a section of Settings.
template <class Section, class T>
Setting<Settings> row(std::string name, Section Settings::*section, T Section::*field, ValueRule rule,
                      std::string purpose, std::string if_wrong) {
    return {std::move(name),
            rule,
            std::move(purpose),
            std::move(if_wrong),
            true,
            [=](const ConfigNode& node, Settings& settings) {
                return assign(node, rule, settings.*section.*field);
            },
            [=](const Settings& settings) { return to_toml(settings.*section.*field, rule); }};
}

/// The same row, for a field that nothing reads yet.
template <class Owner>
Setting<Owner> not_in_force(Setting<Owner> setting) {
    setting.in_force = false;
    return setting;
}

}  // namespace chainmend::config
