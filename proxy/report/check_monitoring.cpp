#include "proxy/report/check_monitoring.h"

#include <algorithm>

#include "proxy/report/printable.h"

namespace chainmend::proxy {
namespace {

constexpr std::size_t max_plugin_text = 1024;  // of the 4 KiB that Nagios reads of a plugin's output

/// A label's value: backslash, quotation mark and line feed are escaped.
std::string label_value(const std::string& text) {
    std::string escaped;
    for (const char c : text) {
        if (c == '\n') {
            escaped += "\\n";
            continue;
        }
        if (c == '\\' || c == '"') escaped += '\\';
        escaped += c;
    }
    return escaped;
}

template <class Value>
std::string gauge(const std::vector<CheckedHost>& hosts, const std::string& name, const std::string& help,
                  Value value) {
    std::string text = "# HELP " + name + " " + help + "\n# TYPE " + name + " gauge\n";
    for (const auto& host : hosts) {
        const std::optional<std::int64_t> number = value(host);
        if (!number) continue;
        text += name + "{host=\"" + label_value(host.host) + "\",port=\"" + std::to_string(host.port) +
                "\"} " + std::to_string(*number) + "\n";
    }
    return text;
}

PluginState state_of(const CheckedHost& host, const ExpiryThresholds& thresholds) {
    const auto days = host.days_left();
    if (!host.accepted() || (days && *days < thresholds.critical)) return PluginState::critical;
    if (host.repaired() || (days && *days < thresholds.warning)) return PluginState::warning;
    return PluginState::ok;
}

std::string sentence(const CheckedHost& host) {
    if (!host.accepted()) return host.name() + " refused, " + host.reason + ": " + host.cause;
    const auto days = host.days_left();
    return host.name() + (host.repaired() ? " repaired" : " accepted") +
           (days ? ", " + std::to_string(*days) + (*days == 1 ? " day" : " days") + " left" : "");
}

std::string fewest_days(const std::vector<CheckedHost>& hosts) {
    std::optional<std::int64_t> fewest;
    for (const auto& host : hosts) {
        if (const auto days = host.days_left()) fewest = std::min(fewest.value_or(*days), *days);
    }
    return fewest ? std::to_string(*fewest) : "U";
}

std::string plugin_text(const std::string& text) {
    auto line = printable_ascii(text, max_plugin_text);
    std::replace(line.begin(), line.end(), '|', '/');  // begins the performance data
    return line;
}

}  // namespace

std::string check_metrics(const std::vector<CheckedHost>& hosts) {
    using Number = std::optional<std::int64_t>;
    return gauge(hosts, "chainmend_check_accepted", "Whether the server's certificates were found good.",
                 [](const CheckedHost& host) { return Number(host.accepted()); }) +
           gauge(hosts, "chainmend_check_repaired",
                 "Whether that took certificates that the server did not send.",
                 [](const CheckedHost& host) { return Number(host.repaired()); }) +
           gauge(hosts, "chainmend_check_days_left",
                 "Whole days until the first certificate of the used path expires.",
                 [](const CheckedHost& host) { return host.days_left(); });
}

PluginState plugin_state(const std::vector<CheckedHost>& hosts, const ExpiryThresholds& thresholds) {
    auto worst = PluginState::ok;
    for (const auto& host : hosts)
        worst = std::max(worst, state_of(host, thresholds));
    return worst;
}

std::string plugin_line(const std::vector<CheckedHost>& hosts, const ExpiryThresholds& thresholds) {
    constexpr const char* words[] = {"OK", "WARNING", "CRITICAL"};
    std::string text;
    if (hosts.size() > 1) text = check_summary(hosts);
    for (const auto state : {PluginState::critical, PluginState::warning, PluginState::ok}) {
        for (const auto& host : hosts) {
            const bool told = hosts.size() == 1 || state != PluginState::ok;
            if (told && state_of(host, thresholds) == state)
                text += (text.empty() ? "" : "; ") + sentence(host);
        }
    }
    return std::string(words[static_cast<int>(plugin_state(hosts, thresholds))]) + " - " + plugin_text(text) +
           " | days=" + fewest_days(hosts) + ";" + std::to_string(thresholds.warning) + ":;" +
           std::to_string(thresholds.critical) + ":\n";
}

std::string plugin_line(const std::string& problem) {
    return "UNKNOWN - " + plugin_text(problem) + "\n";
}

}  // namespace chainmend::proxy
