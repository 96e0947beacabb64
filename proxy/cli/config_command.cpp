#include "proxy/cli/config_command.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>

#include "certs/reference_identity.h"
#include "config/setting_table.h"
#include "config/settings_text.h"
#include "config/toml_reader.h"
#include "proxy/cli/settings_check.h"
#include "proxy/cli/settings_file.h"
#include "proxy/policy/policy_explanation.h"
#include "proxy/report/printable.h"
#include "proxy/report/verdict_json.h"

namespace chainmend::proxy {
namespace {

struct ConfigOptions {
    bool json = false;
    std::string host;  ///< of explain
};

void print_mistakes(const std::vector<config::Mistake>& mistakes, std::ostream& out) {
    std::size_t width = 0;
    for (const auto& mistake : mistakes)
        width = std::max(width, mistake.where.size());
    for (const auto& mistake : mistakes) {
        out << mistake.where << std::string(width - mistake.where.size() + 2, ' ') << mistake.text << "\n";
    }
    out << mistakes.size() << (mistakes.size() == 1 ? " mistake" : " mistakes") << "; nothing was changed\n";
}

Json mistakes_json(const FoundSettings& found, const std::vector<config::Mistake>& mistakes) {
    Json json{{"file", found.file.empty() ? Json() : Json(found.file)}, {"mistakes", Json::array()}};
    for (const auto& mistake : mistakes) {
        json["mistakes"].push_back({{"where", mistake.where},
                                    {"line", mistake.position.line},
                                    {"column", mistake.position.column},
                                    {"text", mistake.text}});
    }
    return json;
}

CommandResult check(const ConfigOptions& options, CommandLine& line) {
    const auto found = find_settings(line);
    if (!found) return found.error();
    const auto [mistakes, warnings] = check_settings(*found, line.console.now());
    for (const auto& warning : warnings)
        line.console.err << "chainmend: warning: " << printable_ascii(warning) << "\n";
    if (options.json) {
        line.console.out << to_line(mistakes_json(*found, mistakes)) << "\n";
    } else if (mistakes.empty()) {
        line.console.out << (found->file.empty() ? "no configuration file, the defaults hold" : found->file)
                         << ": no mistakes\n";
    } else {
        print_mistakes(mistakes, line.console.out);
    }
    return mistakes.empty() ? ExitStatus::ok : ExitStatus::configuration;
}

Json to_json(const config::ConfigNode& node) {
    using enum config::ConfigNode::Kind;
    switch (node.kind) {
        case boolean:
            return node.boolean;
        case integer:
            return node.integer;
        case real:
        case time:
        case text:
            return node.text;
        case list: {
            Json items = Json::array();
            for (const auto& item : node.items)
                items.push_back(to_json(item));
            return items;
        }
        case table: {
            Json entries = Json::object();
            for (const auto& entry : node.entries)
                entries[entry.key] = to_json(entry.value);
            return entries;
        }
    }
    return {};
}

/// The JSON of a value that is there as TOML.
Json value_json(const std::string& toml) {
    const auto document = config::read_toml("value = " + toml);
    return to_json(std::get<config::ConfigNode>(document).entries.front().value);
}

template <class Rule>
Json rules_json(const std::vector<Rule>& rules, const std::vector<config::Setting<Rule>>& rows) {
    Json all = Json::array();
    for (const Rule& rule : rules) {
        Json one = Json::object();
        for (const auto& row : rows)
            one[row.name] = value_json(row.shown(rule));
        all.push_back(one);
    }
    return all;
}

std::string origin_of(const FoundSettings& found, const std::string& name) {
    const auto origin = found.reading.origins.find(name);
    return origin == found.reading.origins.end() ? "default" : origin->second;
}

Json settings_json(const FoundSettings& found) {
    const config::Settings& settings = found.reading.settings;
    Json json{{"file", found.file.empty() ? Json() : Json(found.file)}, {"state", found.state_directory}};
    for (const auto& row : config::setting_table()) {
        const auto dot = row.name.find('.');
        json["settings"][row.name.substr(0, dot)][row.name.substr(dot + 1)] = {
            {"value", value_json(row.shown(settings))}, {"from", origin_of(found, row.name)}};
    }
    json["host"] = rules_json(settings.hosts, config::host_rule_table());
    json["exception"] = rules_json(settings.exceptions, config::exception_rule_table());
    return json;
}

template <class Rule>
void print_rules(const char* name, const std::vector<Rule>& rules,
                 const std::vector<config::Setting<Rule>>& rows, std::ostream& out) {
    const Rule defaults{};
    for (const Rule& rule : rules) {
        out << "\n[[" << name << "]]\n";
        for (const auto& row : rows) {
            if (row.to_toml(rule) != row.to_toml(defaults))
                out << row.name << " = " << row.shown(rule) << "\n";
        }
    }
}

/// TOML again, with the place that each value came from behind it.
void print_settings(const FoundSettings& found, std::ostream& out) {
    constexpr std::size_t comment_column = 56;
    const config::Settings& settings = found.reading.settings;
    out << "# " << (found.file.empty() ? "no configuration file" : found.file) << "; state in "
        << found.state_directory << "\n";
    std::string section;
    for (const auto& row : config::setting_table()) {
        const auto dot = row.name.find('.');
        if (row.name.substr(0, dot) != section) {
            section = row.name.substr(0, dot);
            out << "\n[" << section << "]\n";
        }
        const std::string text = row.name.substr(dot + 1) + " = " + row.shown(settings);
        out << text << std::string(text.size() < comment_column ? comment_column - text.size() : 1, ' ')
            << "# " << origin_of(found, row.name) << "\n";
    }
    print_rules("host", settings.hosts, config::host_rule_table(), out);
    print_rules("exception", settings.exceptions, config::exception_rule_table(), out);
}

CommandResult show(const ConfigOptions& options, CommandLine& line) {
    if (const auto settings = settings_in_force(line); !settings) return settings.error();
    const auto found = find_settings(line);
    if (!found) return found.error();
    if (options.json) {
        line.console.out << to_line(settings_json(*found)) << "\n";
    } else {
        print_settings(*found, line.console.out);
    }
    return ExitStatus::ok;
}

CommandResult print_default(const ConfigOptions& options, CommandLine& line) {
    if (options.json) {
        line.console.out << to_line(settings_json({{}, "", "<state>"})) << "\n";
    } else {
        line.console.out << config::default_config_file();
    }
    return ExitStatus::ok;
}

Json explanation_json(const PolicyExplanation& explanation) {
    Json json{{"host", explanation.host},
              {"rule", explanation.rule.empty() ? Json() : Json(explanation.rule)},
              {"outdone", explanation.outdone},
              {"settings", Json::object()},
              {"exceptions", Json::array()}};
    for (const auto& line : explanation.lines)
        json["settings"][line.name] = {{"value", value_json(line.value)}, {"from", line.from}};
    for (const auto& one : explanation.exceptions) {
        json["exceptions"].push_back({{"spki", one.rule.spki},
                                      {"forgives", one.rule.forgives},
                                      {"reason", one.rule.reason},
                                      {"owner", one.rule.owner},
                                      {"expires", one.rule.expires},
                                      {"over", one.is_over}});
    }
    return json;
}

void print_explanation(const PolicyExplanation& explanation, std::ostream& out) {
    constexpr std::size_t comment_column = 48;
    out << explanation.host << ": "
        << (explanation.rule.empty() ? "no [[host]] rule is for it" : explanation.rule + " holds") << "\n";
    for (const auto& rule : explanation.outdone)
        out << "  less specific, has no say: " << rule << "\n";
    for (const auto& line : explanation.lines) {
        const std::string text = "  " + line.name + " = " + line.value;
        out << text << std::string(text.size() < comment_column ? comment_column - text.size() : 1, ' ')
            << "# " << line.from << "\n";
    }
    for (const auto& one : explanation.exceptions) {
        out << "  exception until " << one.rule.expires << (one.is_over ? " (over)" : "") << ", owner "
            << one.rule.owner << ": " << one.rule.reason << "\n    for the key " << one.rule.spki
            << "\n    forgives";
        for (const auto& reason : one.rule.forgives)
            out << " " << reason;
        out << "\n";
    }
}

CommandResult explain(const ConfigOptions& options, CommandLine& line) {
    const auto identity = certs::ReferenceIdentity::from_host(options.host);
    if (!identity) return Error{ErrorCode::invalid_argument, "HOST: " + identity.error().message};
    const auto settings = settings_in_force(line);
    if (!settings) return settings.error();
    const auto explanation = explain_policy(*settings, identity->text(), line.console.now());
    if (options.json) {
        line.console.out << to_line(explanation_json(explanation)) << "\n";
    } else {
        print_explanation(explanation, line.console.out);
    }
    return ExitStatus::ok;
}

using Run = CommandResult (*)(const ConfigOptions&, CommandLine&);

void add(CLI::App& parent, CommandLine& line, const char* name, const char* purpose, Run run) {
    auto options = std::make_shared<ConfigOptions>();
    CLI::App* command = parent.add_subcommand(name, purpose);
    if (run == explain)
        command->add_option("HOST", options->host, "The host, as clients ask for it")->required();
    command->add_flag("--json", options->json, "Answer in JSON");
    on_chosen(*command, line, [options, run, &line] { return run(*options, line); });
}

}  // namespace

void add_config_command(CLI::App& program, CommandLine& line) {
    CLI::App* command = program.add_subcommand("config", "Check and show the configuration");
    command->fallthrough();
    command->require_subcommand(1);
    command->footer(
        "The configuration file is TOML and none is needed: every setting has a default.\n"
        "  chainmend config default > ~/.config/chainmend/config.toml    start one, with comments\n"
        "  chainmend config check                                         before a restart or reload\n"
        "  chainmend config explain intranet.corp.example                 which [[host]] rule holds for a "
        "host");
    add(*command, line, "check", "Tell all mistakes at once, with line and column (exit status 3 if any)",
        check);
    add(*command, line, "show", "Print the settings in force and where each comes from", show);
    add(*command, line, "explain", "Tell which rules, pins and exceptions hold for a host, and why", explain);
    add(*command, line, "default", "Print a commented configuration file with every default", print_default);
}

}  // namespace chainmend::proxy
