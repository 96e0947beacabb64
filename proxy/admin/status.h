#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/time.h"
#include "proxy/counters.h"
#include "proxy/fetch/fetch_table.h"
#include "proxy/history/history_status.h"
#include "proxy/host_expiries.h"
#include "proxy/monitor/monitor_status.h"

namespace chainmend::proxy {

/// How the list at repair.list_url is doing.
struct ListStatus {
    std::string url;
    std::optional<Time> tried_at;
    std::optional<Time> taken_at;  ///< when its present content was taken
    std::string result;     ///< "ok", "not_modified", "http_404", "timeout", ...; empty before the first try
    std::string detail;     ///< the cause of a failure, in words
    std::size_t taken = 0;  ///< issuers taken from it since the start
};

/// How the renewal of stored issuers is doing.
struct RenewalStatus {
    std::uint64_t attempts = 0;  ///< fetches begun
    std::uint64_t renewed = 0;   ///< issuers that came of them and are stored
    std::uint64_t failed = 0;    ///< fetches that brought nothing to use
};

/// A certificate that the signing CA had before it was renewed, which clients may still trust in its place.
struct FormerCaCertificate {
    std::string sha256;
    Time not_after{};
};

/// The running proxy, at one moment.
struct Status {
    std::string address;  ///< the first listener's
    bool ready = true;    ///< false while it drains, and when the signing CA is over
    Time at{};
    Time started_at{};
    std::size_t workers = 0;
    std::uint64_t generation = 0;  ///< counts up when settings or lists come into force
    std::int64_t connections_open = 0;
    Counts counts;

    std::size_t anchors = 0;
    std::size_t issuers = 0;
    std::string issuer_directory;
    std::size_t distrusted = 0;  ///< entries of trust.distrust and OneCRL
    std::optional<std::size_t> disclosed;
    std::string ca_file;
    std::string ca_pem;
    std::string ca_sha256;
    std::optional<Time> ca_not_after;
    std::vector<FormerCaCertificate> ca_former;

    FetchTable::Snapshot fetches;
    std::size_t verdicts_remembered = 0;
    std::size_t minted_remembered = 0;
    std::uint64_t minted = 0;  ///< since the start
    std::uint64_t log_lines_lost = 0;
    std::optional<HistoryStatus> history;
    std::optional<MonitorStatus> monitor;  ///< nothing: no history, so nothing to tell what is new
    std::vector<HostEnd> expiries;         ///< of the hosts seen that end first
    std::optional<ListStatus> list;
    RenewalStatus renewals;
};

}  // namespace chainmend::proxy
