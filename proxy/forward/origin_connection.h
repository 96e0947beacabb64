#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "proxy/http/absolute_target.h"
#include "proxy/tunnel/upstream_dial.h"

namespace chainmend::proxy {

/// A connection to a server that requests are forwarded to. It belongs to one client connection and is used
/// for that client's requests only: some servers authenticate connections, not requests.
struct OriginConnection {
    std::unique_ptr<RelayEnd> end;
    bool https = false;
    std::optional<Authority> authority;
    std::uint64_t generation = 0;  ///< of the snapshot that it was made under
    SocketAddress address;

    bool serves(const AbsoluteTarget& target, const Snapshot& snapshot) const {
        return end->ending() == RelayEnd::Ending::open && https == target.https &&
               authority == target.authority && generation == snapshot.generation;
    }
};

/// How dialling a server went.
struct OriginDialOutcome {
    std::unique_ptr<OriginConnection> connection;  ///< null exactly when outcome.refusal is set
    DialOutcome outcome;                           ///< without `upstream`
};

/// Connects to the target's server; for https with TLS, HTTP/1.1, and the same verification and repair as for
/// a tunnel.
OperationPtr start_origin_dial(WorkerParts& parts, const SnapshotPtr& snapshot, const AbsoluteTarget& target,
                               std::function<void(OriginDialOutcome)> completion);

}  // namespace chainmend::proxy
