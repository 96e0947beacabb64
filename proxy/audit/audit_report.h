#pragma once

#include <cstdint>
#include <string>

#include "proxy/history/history_query.h"
#include "proxy/report/json.h"

namespace chainmend::proxy {

/// What the history says about a time, as tables.
struct AuditReport {
    HistoryFilter filter;
    Time now{};
    DecisionTallies tallies;
    FirstRows<HostExpiry> expiring;
    FirstRows<HostChange> changes;
    FirstRows<IssuerServerTally> issuer_servers;

    std::uint64_t repaired() const;  ///< of the accepted decisions
    std::uint64_t refused() const { return tallies.decisions - tallies.accepted; }
};

/// `warn_days`: paths that end within this time are told. Each table has at most `rows` rows and says how
/// many more there are.
Result<AuditReport> audit(HistoryQuery& history, const HistoryFilter& filter, Time now,
                          std::int64_t warn_days, std::size_t rows);

/// For a terminal of `width` columns. No line is longer.
std::string audit_text(const AuditReport& report, std::size_t width);
Json audit_json(const AuditReport& report);
/// RFC 4180, one header line; the first column names the table, "left_out" the rows that say how many more a
/// table has. Text that a spreadsheet would take for a formula begins with an apostrophe.
std::string audit_csv(const AuditReport& report);

}  // namespace chainmend::proxy
