#include "proxy/policy/policy_explanation.h"

#include <algorithm>
#include <array>

#include "config/date.h"
#include "config/host_pattern.h"
#include "config/setting_table.h"
#include "proxy/policy/host_rules.h"

namespace chainmend::proxy {
namespace {

/// The key that holds where a rule does not say; none: what a rule leaves out there is not.
struct Counterpart {
    const char* in_rule;
    const char* in_settings;
};
constexpr std::array counterparts{
    Counterpart{"profile", "verify.profile"},       Counterpart{"revocation", "verify.revocation"},
    Counterpart{"failure_style", "failure.style"},  Counterpart{"min_tls", "verify.min_tls"},
    Counterpart{"connect.ports", "connect.ports"},  Counterpart{"connect.deny", "connect.deny"},
    Counterpart{"upstream.proxy", "upstream.proxy"}};

std::string key_behind(const std::string& name) {
    const auto found = std::find_if(counterparts.begin(), counterparts.end(),
                                    [&](const Counterpart& one) { return name == one.in_rule; });
    return found == counterparts.end() ? "" : found->in_settings;
}

std::string value_of(const config::Settings& settings, const std::string& key) {
    for (const auto& row : config::setting_table()) {
        if (row.name == key) return row.shown(settings);
    }
    return "";
}

PolicyLine line_for(const config::Setting<config::HostRule>& row, const config::HostRule& rule,
                    const std::string& rule_name, const config::Settings& settings) {
    const std::string value = row.shown(rule);
    if (!rule_name.empty() && row.to_toml(rule) != row.to_toml(config::HostRule{}))
        return {row.name, value, rule_name};
    const std::string key = key_behind(row.name);
    if (key.empty()) return {row.name, value, "default"};
    return {row.name, value_of(settings, key), key};
}

/// A rule's failure style is for browsers too.
PolicyLine browser_style(const std::vector<PolicyLine>& lines, const config::Settings& settings) {
    const auto style = std::find_if(lines.begin(), lines.end(),
                                    [](const PolicyLine& line) { return line.name == "failure_style"; });
    const std::string key = "failure.browser_style";
    if (style == lines.end() || style->from == "failure.style")
        return {"browser_style", value_of(settings, key), key};
    return {"browser_style", style->value, style->from};
}

}  // namespace

PolicyExplanation explain_policy(const config::Settings& settings, const std::string& host, Time now) {
    PolicyExplanation explanation;
    explanation.host = host;
    const auto matches = matching_rules(settings.hosts, host);
    config::HostRule rule;
    if (!matches.empty()) {
        rule = settings.hosts[matches.front().index];
        explanation.rule = name_of(matches.front());
        for (std::size_t i = 1; i < matches.size(); ++i)
            explanation.outdone.push_back(name_of(matches[i]));
    }
    for (const auto& row : config::host_rule_table()) {
        if (row.name != "match") explanation.lines.push_back(line_for(row, rule, explanation.rule, settings));
    }
    explanation.lines.push_back(browser_style(explanation.lines, settings));
    for (const auto& [ca, hosts] : settings.trust.only_for) {
        const bool may = host_matches_any(split_patterns(hosts), host);
        explanation.lines.push_back(
            {"trust", ca + (may ? " may vouch for it" : " may not vouch for it"), "trust.only_for"});
    }
    for (const auto& exception : settings.exceptions) {
        if (!host_matches(exception.host, host)) continue;
        const auto end = last_moment_of(exception.expires);
        explanation.exceptions.push_back({exception, !end || now > *end});
    }
    return explanation;
}

}  // namespace chainmend::proxy
