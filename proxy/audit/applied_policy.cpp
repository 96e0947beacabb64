#include "proxy/audit/applied_policy.h"

#include <algorithm>

#include "config/host_pattern.h"
#include "config/toml_reader.h"

namespace chainmend::proxy {
namespace {

using config::ConfigNode;

std::vector<std::string> patterns_of(const ConfigNode& table) {
    std::vector<std::string> patterns;
    for (const auto& entry : table.entries) {
        if (entry.key == "host") patterns.push_back(entry.value.text);
        if (entry.key != "match") continue;
        for (const ConfigNode& item : entry.value.items)
            patterns.push_back(item.text);
    }
    return patterns;
}

/// What can not be read back is nobody's.
bool applies(const std::string& table, const std::vector<std::string>& hosts) {
    const auto document = config::read_toml(table);
    const auto* root = std::get_if<ConfigNode>(&document);
    if (!root || root->entries.empty() || root->entries.front().value.items.empty()) return false;
    const auto patterns = patterns_of(root->entries.front().value.items.front());
    return std::any_of(hosts.begin(), hosts.end(),
                       [&](const std::string& host) { return host_matches_any(patterns, host); });
}

}  // namespace

std::string applied_policy(const std::string& text, const std::vector<std::string>& hosts) {
    std::string applied;
    for (std::size_t at = 0; at < text.size();) {
        const auto next = std::min(text.find("\n[[", at), text.size() - 1) + 1;
        const auto part = text.substr(at, next - at);
        if (!part.starts_with("[[") || applies(part, hosts)) applied += part;
        at = next;
    }
    return applied;
}

}  // namespace chainmend::proxy
