#include "proxy/policy/host_rules.h"

#include <algorithm>

#include "config/host_pattern.h"

namespace chainmend::proxy {

std::vector<HostRuleMatch> matching_rules(const std::vector<config::HostRule>& rules,
                                          const std::string& host) {
    std::vector<HostRuleMatch> matches;
    for (std::size_t i = 0; i < rules.size(); ++i) {
        const std::string* best = nullptr;
        for (const std::string& pattern : rules[i].match) {
            if (!host_matches(pattern, host)) continue;
            if (best == nullptr || specificity(pattern) > specificity(*best)) best = &pattern;
        }
        if (best != nullptr) matches.push_back({i, *best});
    }
    std::stable_sort(matches.begin(), matches.end(), [](const HostRuleMatch& a, const HostRuleMatch& b) {
        return specificity(a.pattern) > specificity(b.pattern);
    });
    return matches;
}

std::string name_of(const HostRuleMatch& match) {
    return "[[host]] " + std::to_string(match.index + 1) + " (" + match.pattern + ")";
}

}  // namespace chainmend::proxy
