#pragma once

#include <functional>
#include <string>
#include <vector>

#include "config/config_node.h"
#include "config/settings.h"
#include "config/value_rule.h"

namespace chainmend::config {

/// One key: everything there is to know about it. The reader, the documentation, `config default` and `config
/// show` are all made from these rows.
template <class Owner>
struct Setting {
    std::string name;  ///< "listen.address"; within [[host]] and [[exception]] the key alone
    ValueRule rule;
    std::string purpose;   ///< one or two sentences
    std::string if_wrong;  ///< what goes wrong when it is set badly
    /// False while nothing reads the field yet. Giving such a key another value than its default is a mistake
    /// that is reported: a person who sets it relies on it.
    bool in_force = true;
    std::function<Complaint(const ConfigNode&, Owner&)> assign;
    std::function<std::string(const Owner&)> to_toml;

    /// to_toml() for eyes and records: without what is secret.
    std::string shown(const Owner& owner) const { return without_secret(rule, to_toml(owner)); }
};

/// In the order of the documentation, section by section.
std::vector<Setting<Settings>> setting_table();
std::vector<Setting<HostRule>> host_rule_table();
std::vector<Setting<ExceptionRule>> exception_rule_table();

/// The sections in order with one sentence each.
struct SectionText {
    std::string name;
    std::string purpose;
};
std::vector<SectionText> section_texts();

}  // namespace chainmend::config
