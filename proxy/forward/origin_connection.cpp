#include "proxy/forward/origin_connection.h"

#include "proxy/tunnel/plain_stream.h"

namespace chainmend::proxy {
namespace {

std::unique_ptr<OriginConnection> make_connection(std::unique_ptr<RelayEnd> end, const AbsoluteTarget& target,
                                                  const Snapshot& snapshot, const SocketAddress& address) {
    auto connection = std::make_unique<OriginConnection>();
    connection->end = std::move(end);
    connection->https = target.https;
    connection->authority = target.authority;
    connection->generation = snapshot.generation;
    connection->address = address;
    return connection;
}

}  // namespace

OperationPtr start_origin_dial(WorkerParts& parts, const SnapshotPtr& snapshot, const AbsoluteTarget& target,
                               std::function<void(OriginDialOutcome)> completion) {
    if (target.https) {
        return start_upstream_dial(
            parts, {target.authority, target.authority.host, {"http/1.1"}, snapshot},
            [completion = std::move(completion), snapshot, target](DialOutcome outcome) {
                OriginDialOutcome result;
                if (auto upstream = std::move(outcome.upstream))
                    result.connection =
                        make_connection(std::move(upstream), target, *snapshot, outcome.server);
                result.outcome = std::move(outcome);
                completion(std::move(result));
            });
    }
    return start_server_connection(
        parts, {.authority = target.authority, .snapshot = snapshot, .plain_http = true},
        [completion = std::move(completion), snapshot, target](ServerConnection connection) {
            OriginDialOutcome result;
            if (auto stream = std::move(connection.stream))
                result.connection = make_connection(std::make_unique<PlainStream>(std::move(stream)), target,
                                                    *snapshot, connection.address);
            result.outcome.server = connection.address;
            result.outcome.refusal = std::move(connection.refusal);
            completion(std::move(result));
        });
}

}  // namespace chainmend::proxy
