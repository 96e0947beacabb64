#pragma once

#include "proxy/history/database.h"
#include "proxy/history/history_query.h"

namespace chainmend::proxy {

/// What HistoryQuery says of many decisions at once, from these tables.
Result<DecisionTallies> tally(Database& database, const HistoryFilter& filter, std::size_t most);
Result<FirstRows<HostExpiry>> expiring(Database& database, const HistoryFilter& filter, Time before,
                                       std::size_t most);
Result<FirstRows<HostChange>> changes(Database& database, const HistoryFilter& filter, std::size_t most);
Result<FirstRows<IssuerServerTally>> issuer_servers(Database& database, const HistoryFilter& filter,
                                                    std::size_t most);

/// As a GLOB pattern; what GLOB would take for more than itself does not occur in names.
std::string host_pattern(const HistoryFilter& filter);
/// Milliseconds since 1970; the least and the greatest number when the time has no bound.
std::int64_t since_of(const HistoryFilter& filter);
std::int64_t until_of(const HistoryFilter& filter);

/// Whether an accepted path was one that the server did not send: "repaired", "alternate_path".
bool is_repaired(const std::string& how);

RecordTime record_time(std::int64_t at);
Time whole_seconds(std::int64_t at);

}  // namespace chainmend::proxy
