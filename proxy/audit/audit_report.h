#pragma once

#include <map>
#include <string>
#include <vector>

#include "proxy/history/history_query.h"
#include "proxy/report/json.h"

namespace chainmend::proxy {

/// What the history says about a time, as tables.
struct AuditReport {
    HistoryFilter filter;
    Time now{};
    std::uint64_t decisions = 0;
    std::uint64_t accepted = 0;
    std::uint64_t repaired = 0;  ///< of the accepted ones
    std::uint64_t refused = 0;
    std::size_t hosts = 0;
    std::map<std::string, std::uint64_t> by_reason;  ///< decisions refused
    std::map<std::string, std::uint64_t> by_source;  ///< decisions that used what servers had not sent
    std::vector<DecisionTally> failures;
    std::vector<DecisionTally> repairs;
    std::vector<HostExpiry> expiring;
    std::vector<HostChange> changes;
    std::vector<IssuerServerTally> issuer_servers;
};

/// `warn_days`: paths that end within this time are told.
Result<AuditReport> audit(HistoryQuery& history, const HistoryFilter& filter, Time now,
                          std::int64_t warn_days);

/// For a terminal of `width` columns; at most `rows` of each table. No line is longer.
std::string audit_text(const AuditReport& report, std::size_t width, std::size_t rows);
Json audit_json(const AuditReport& report);
/// RFC 4180, one header line; the first column names the table. Cells that a spreadsheet would take for a
/// formula begin with an apostrophe.
std::string audit_csv(const AuditReport& report);

}  // namespace chainmend::proxy
