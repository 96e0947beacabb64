#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "proxy/http/authority.h"
#include "proxy/io/tcp_stream.h"
#include "proxy/report/refusal.h"
#include "proxy/shared_parts.h"

namespace chainmend::proxy {

struct ServerConnectionRequest {
    Authority authority;
    SnapshotPtr snapshot;
    /// Asked of each address beside the connect policy: why it may not be connected to, empty when it may.
    /// May be empty.
    std::function<std::string(const SocketAddress&)> objection = {};
};

/// A TCP connection to a server, or the reason why there is none.
struct ServerConnection {
    std::unique_ptr<TcpStream> stream;
    std::optional<Refusal> refusal;  ///< set exactly when `stream` is null
    SocketAddress address;           ///< the one connected to, or tried last; port 0: there was none
};

/// Resolves the host and connects to the first of its addresses that answers and that the connect policy
/// allows. Bounded by upstream.connect_timeout, twice: for the name and for the connection.
OperationPtr start_server_connection(WorkerParts& parts, ServerConnectionRequest request,
                                     std::function<void(ServerConnection)> completion);

}  // namespace chainmend::proxy
