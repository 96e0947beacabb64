#include "config/settings_text.h"

#include <algorithm>
#include <string_view>

#include "config/setting_table.h"

namespace chainmend::config {
namespace {

constexpr std::size_t line_width = 100;

/// `text` as comment lines, broken between words.
std::string comment(std::string_view text) {
    std::string lines;
    std::string line = "#";
    while (!text.empty()) {
        const std::string_view word = text.substr(0, text.find(' '));
        if (line.size() + 1 + word.size() > line_width) {
            lines += line + "\n";
            line = "#";
        }
        line += " " + std::string(word);
        text.remove_prefix(std::min(text.size(), word.size() + 1));
    }
    return lines + line + "\n";
}

template <class Owner>
std::string documented(const Setting<Owner>& setting, const std::string& key, const Owner& defaults,
                       const char* prefix) {
    std::string text = comment(setting.purpose);
    text += comment("Values: " + describe(setting.rule) + ".");
    text += comment("Set badly: " + setting.if_wrong);
    if (!setting.in_force) text += comment("It has no effect in this version yet.");
    return text + prefix + key + " = " + setting.to_toml(defaults) + "\n\n";
}

std::string section_of(const std::string& name) {
    return name.substr(0, name.find('.'));
}
std::string key_of(const std::string& name) {
    return name.substr(name.find('.') + 1);
}

template <class Rule>
std::string rule_example(const char* name, const char* purpose, const std::vector<Setting<Rule>>& rows) {
    std::string text = comment(purpose);
    text += std::string("#[[") + name + "]]\n";
    for (const auto& row : rows)
        text += documented(row, row.name, Rule{}, "#");
    return text;
}

}  // namespace

std::string default_config_file() {
    const Settings defaults;
    const auto table = setting_table();
    std::string text = comment(
        "The configuration of chainmend. Every key stands here with its default; leave out what you do not "
        "change.");
    text += comment(
        "\"<state>\" is the state directory: $XDG_STATE_HOME/chainmend, ~/.local/state/chainmend or "
        "/var/lib/chainmend.");
    for (const SectionText& section : section_texts()) {
        text += "\n" + comment(section.purpose) + "[" + section.name + "]\n\n";
        for (const auto& row : table) {
            if (section_of(row.name) == section.name) text += documented(row, key_of(row.name), defaults, "");
        }
    }
    text += "\n" + rule_example("host", "Rules for single hosts, as many as are needed.", host_rule_table());
    text += "\n" + rule_example("exception",
                                "Hosts accepted although they would be refused: every key is needed, and the "
                                "exception ends by itself.",
                                exception_rule_table());
    return text;
}

}  // namespace chainmend::config
