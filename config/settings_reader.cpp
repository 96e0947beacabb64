#include "config/settings_reader.h"

#include <algorithm>
#include <set>

#include "config/nearest_name.h"
#include "config/setting_table.h"
#include "config/state_directory.h"
#include "config/toml_reader.h"
#include "config/toml_text.h"

namespace chainmend::config {
namespace {

/// In the order of the file; what stands in no file comes last.
bool stands_before(const Mistake& left, const Mistake& right) {
    const bool left_in_file = left.position.line > 0;
    const bool right_in_file = right.position.line > 0;
    if (!left_in_file || !right_in_file) return left_in_file && !right_in_file;
    return std::pair(left.position.line, left.position.column) <
           std::pair(right.position.line, right.position.column);
}

/// Reads one document into settings. Lives as long as one call of read_settings.
class Reader {
  public:
    explicit Reader(const SettingsSources& sources) : sources_(sources) {}

    SettingsReading read() && {
        read_file();
        for (const std::string& assignment : sources_.assignments)
            read_assignment(assignment);
        check_in_force();
        std::stable_sort(reading_.mistakes.begin(), reading_.mistakes.end(), stands_before);
        replace_state_directory(reading_.settings, sources_.state_directory);
        return std::move(reading_);
    }

  private:
    std::string place(Position where) const {
        return sources_.file_name + ":" + std::to_string(where.line) + ":" + std::to_string(where.column);
    }

    void complain(Position where, std::string text) {
        reading_.mistakes.push_back({place(where), std::move(text), where});
    }

    void read_file() {
        const auto document = read_toml(sources_.file_text);
        if (const auto* error = std::get_if<SyntaxError>(&document)) {
            complain(error->where, "this is no TOML: " + error->message);
            return;
        }
        for (const ConfigEntry& entry : std::get<ConfigNode>(document).entries) {
            if (entry.key == "host") {
                read_rules(entry, host_rules_, reading_.settings.hosts, {"match"});
            } else if (entry.key == "exception") {
                read_rules(entry, exception_rules_, reading_.settings.exceptions,
                           {"host", "spki", "reason", "owner", "expires", "forgives"});
            } else {
                read_section(entry);
            }
        }
    }

    void read_section(const ConfigEntry& entry) {
        std::vector<std::string> sections{"host", "exception"};
        for (const SectionText& section : section_texts())
            sections.push_back(section.name);
        if (std::find(sections.begin(), sections.end(), entry.key) == sections.end()) {
            const bool table = entry.value.kind == ConfigNode::Kind::table;
            unknown(entry.where, table ? "section" : "key", entry.key, table ? sections : names(settings_));
            return;
        }
        if (entry.value.kind != ConfigNode::Kind::table) {
            complain(entry.where,
                     entry.key + " is a section; write [" + entry.key + "] on a line of its own");
            return;
        }
        read_entries(entry.value, entry.key + ".", settings_, reading_.settings,
                     [this](const std::string& name, Position where) {
                         reading_.origins[name] = sources_.file_name + ":" + std::to_string(where.line);
                         reading_.positions[name] = where;
                     });
    }

    /// Assigns each entry of `table` to the row of its name; `prefix` and key are the name.
    template <class Owner, class Noted>
    void read_entries(const ConfigNode& table, const std::string& prefix,
                      const std::vector<Setting<Owner>>& rows, Owner& owner, const Noted& noted) {
        for (const ConfigEntry& entry : table.entries) {
            const std::string name = prefix + entry.key;
            const auto row =
                std::find_if(rows.begin(), rows.end(), [&](const auto& r) { return r.name == name; });
            if (row != rows.end()) {
                if (auto complaint = row->assign(entry.value, owner)) {
                    complain(entry.where, name + (complaint->starts_with('[') ? "" : " ") + *complaint);
                } else {
                    noted(name, entry.where);
                }
            } else if (entry.value.kind == ConfigNode::Kind::table && is_prefix(name + ".", rows)) {
                read_entries(entry.value, name + ".", rows, owner, noted);
            } else {
                unknown(entry.where, "key", name, names(rows));
            }
        }
    }

    template <class Rule>
    void read_rules(const ConfigEntry& entry, const std::vector<Setting<Rule>>& rows,
                    std::vector<Rule>& rules, const std::vector<std::string>& needed) {
        if (entry.value.kind != ConfigNode::Kind::list) {
            complain(entry.where, entry.key + " may be given several times; write [[" + entry.key +
                                      "]] with two brackets");
            return;
        }
        for (const ConfigNode& item : entry.value.items) {
            if (item.kind != ConfigNode::Kind::table) {
                complain(item.where, entry.key + " holds " + quoted(item) + "; a table is needed");
                continue;
            }
            std::set<std::string> seen;
            const Rule defaults{};
            read_entries(item, "", rows, rules.emplace_back(),
                         [&](const std::string& name, Position) { seen.insert(name); });
            for (const std::string& name : needed) {
                if (!seen.contains(name) && !written(item, name)) {
                    complain(item.where, "this [[" + entry.key + "]] has no " + name);
                }
            }
            for (const auto& row : rows) {
                if (row.in_force || row.to_toml(rules.back()) == row.to_toml(defaults)) continue;
                complain(item.where, entry.key + "." + not_in_force_text(row.name));
            }
        }
    }

    /// A key that is there with a wrong value was complained about already.
    static bool written(const ConfigNode& table, const std::string& key) {
        return std::any_of(table.entries.begin(), table.entries.end(),
                           [&](const auto& e) { return e.key == key; });
    }

    static std::string not_in_force_text(const std::string& name) {
        return name + " has no effect in this version yet; leave it out";
    }

    template <class Owner>
    static bool is_prefix(const std::string& prefix, const std::vector<Setting<Owner>>& rows) {
        return std::any_of(rows.begin(), rows.end(),
                           [&](const auto& row) { return row.name.starts_with(prefix); });
    }

    template <class Owner>
    static std::vector<std::string> names(const std::vector<Setting<Owner>>& rows) {
        std::vector<std::string> all;
        for (const auto& row : rows)
            all.push_back(row.name);
        return all;
    }

    static std::string unknown_text(const char* what, const std::string& name,
                                    const std::vector<std::string>& known) {
        std::string text = std::string("unknown ") + what + " " + toml_text(name);
        if (const auto nearest = nearest_name(name, known))
            text += "; did you mean " + toml_text(*nearest) + "?";
        return text;
    }

    void unknown(Position where, const char* what, const std::string& name,
                 const std::vector<std::string>& known) {
        complain(where, unknown_text(what, name, known));
    }

    void read_assignment(const std::string& assignment) {
        const auto complain_here = [this](std::string text) {
            reading_.mistakes.push_back({"--set", std::move(text), {}});
        };
        const auto equals = assignment.find('=');
        if (equals == std::string::npos) {
            return complain_here(toml_text(assignment) + " has no \"=\"; write --set section.key=value");
        }
        const std::string name = assignment.substr(0, equals);
        const auto row =
            std::find_if(settings_.begin(), settings_.end(), [&](const auto& r) { return r.name == name; });
        if (row == settings_.end()) return complain_here(unknown_text("key", name, names(settings_)));
        const auto node = assigned_node(assignment.substr(equals + 1), row->rule.kind);
        if (!node)
            return complain_here(name + ": the value is no TOML: " + one_line(assignment.substr(equals + 1)));
        if (auto complaint = row->assign(*node, reading_.settings)) {
            return complain_here(name + (complaint->starts_with('[') ? "" : " ") + *complaint);
        }
        reading_.origins[name] = "--set";
    }

    /// On a command line quotation marks are the shell's: texts need none, and a list may be written with
    /// commas.
    static std::optional<ConfigNode> assigned_node(const std::string& value, ValueRule::Kind kind) {
        using enum ValueRule::Kind;
        const bool is_list =
            kind == list || (kind == ports && value.find_first_of(",[") != std::string::npos);
        std::string toml = value;
        if (is_list && !value.starts_with('[') && value != "auto") toml = listed(value, kind == list);
        const bool is_text = kind == text || kind == choice || kind == duration ||
                             (kind == size && !is_digits(value)) ||
                             ((kind == ports || kind == list) && toml == value && !value.starts_with('['));
        if (is_text && !value.starts_with('"') && !value.starts_with('\'')) toml = toml_text(value);
        const auto document = read_toml("value = " + toml);
        const auto* root = std::get_if<ConfigNode>(&document);
        if (root == nullptr || root->entries.size() != 1) return std::nullopt;
        return root->entries.front().value;
    }

    static bool is_digits(const std::string& text) {
        return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
    }

    static std::string listed(const std::string& value, bool as_texts) {
        if (!as_texts) return "[" + value + "]";
        std::string toml = "[";
        std::size_t begin = 0;
        while (begin < value.size()) {
            const std::size_t comma = std::min(value.find(',', begin), value.size());
            toml += toml_text(value.substr(begin, comma - begin)) + ",";
            begin = comma + 1;
        }
        return toml + "]";
    }

    void check_in_force() {
        const Settings defaults;
        Settings resolved = defaults;
        replace_state_directory(resolved, sources_.state_directory);
        for (const auto& row : settings_) {
            const std::string value = row.to_toml(reading_.settings);
            if (row.in_force || value == row.to_toml(defaults) || value == row.to_toml(resolved)) continue;
            const auto position = reading_.positions.find(row.name);
            const bool in_file =
                position != reading_.positions.end() && reading_.origins[row.name] != "--set";
            if (in_file) {
                complain(position->second, not_in_force_text(row.name));
            } else {
                reading_.mistakes.push_back({"--set", not_in_force_text(row.name), {}});
            }
        }
    }

    const SettingsSources& sources_;
    SettingsReading reading_;
    const std::vector<Setting<Settings>> settings_ = setting_table();
    const std::vector<Setting<HostRule>> host_rules_ = host_rule_table();
    const std::vector<Setting<ExceptionRule>> exception_rules_ = exception_rule_table();
};

}  // namespace

SettingsReading read_settings(const SettingsSources& sources) {
    return Reader(sources).read();
}

}  // namespace chainmend::config
