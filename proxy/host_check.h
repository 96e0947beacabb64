#pragma once

#include <functional>
#include <vector>

#include "config/result.h"
#include "proxy/http/authority.h"
#include "proxy/report/check_report.h"
#include "proxy/snapshot.h"
#include "proxy/tunnel/upstream_dial.h"

namespace chainmend::proxy {

/// How a look at servers is made.
struct HostCheckOptions {
    std::function<Time()> now;                         ///< the time certificates are judged at
    std::function<void(std::size_t done)> progressed;  ///< after each server; may be empty
};

/// What a dial of `server` found, in the words of a report.
CheckedHost checked_host(const DialOutcome& outcome, const Authority& server, const Snapshot& snapshot,
                         Time at);

/// Dials each of `servers` as the proxy would under `snapshot`, some at a time, and tells what was found, in
/// their order. Issuers that were fetched and found good enter the issuer store, as when serving. Blocks
/// until all is known and stored; each server is bounded in time as start_upstream_dial() says. An Error only
/// when nothing could be tried.
Result<std::vector<CheckedHost>> check_hosts(SnapshotPtr snapshot, const std::vector<Authority>& servers,
                                             const HostCheckOptions& options);

}  // namespace chainmend::proxy
