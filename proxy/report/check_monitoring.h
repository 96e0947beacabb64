#pragma once

#include <string>
#include <vector>

#include "proxy/report/check_report.h"

namespace chainmend::proxy {

/// Checked servers as metrics in Prometheus' text format 0.0.4: chainmend_check_accepted and _repaired (0 or
/// 1) and _days_left, each with the labels host and port. A server whose path is not known has no days left.
std::string check_metrics(const std::vector<CheckedHost>& hosts);

/// What a Nagios plugin tells; the numbers are its exit statuses.
enum class PluginState { ok = 0, warning = 1, critical = 2, unknown = 3 };

/// The worst of all hosts: critical when one is refused or below the critical number of days, a warning when
/// one had to be repaired or is below the other.
PluginState plugin_state(const std::vector<CheckedHost>& hosts, const ExpiryThresholds& thresholds);

/// One line, "WARNING - a.test:443 repaired, 63 days left | days=63;21:;7:" and a newline, printable ASCII.
/// `days` are the fewest of all hosts, U when none is known.
std::string plugin_line(const std::vector<CheckedHost>& hosts, const ExpiryThresholds& thresholds);
/// The same of a plugin that could not look: "UNKNOWN - PROBLEM".
std::string plugin_line(const std::string& problem);

}  // namespace chainmend::proxy
