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
    /// May be empty. Not asked of an upstream proxy's own.
    std::function<std::string(const SocketAddress&)> objection = {};
    /// For requests in absolute form over plain HTTP, which an upstream proxy is asked itself, without
    /// CONNECT.
    bool plain_http = false;
};

/// A TCP connection to a server, or the reason why there is none.
struct ServerConnection {
    std::unique_ptr<TcpStream> stream;
    std::optional<Refusal> refusal;  ///< set exactly when `stream` is null
    SocketAddress address;           ///< the one connected to, or tried last; port 0: there was none
    bool through_proxy = false;      ///< `address` is the upstream proxy's
    Bytes received = {};             ///< what the server has said already, through an upstream proxy
};

/// Resolves the host and connects to the first of its addresses that answers and that the connect policy
/// allows; through upstream.proxy, where that is for this host, which then looks the name up (only addresses
/// that the client itself names are judged then). Bounded by upstream.connect_timeout, for the name, for the
/// connection and for the proxy's answer, each.
OperationPtr start_server_connection(WorkerParts& parts, ServerConnectionRequest request,
                                     std::function<void(ServerConnection)> completion);

}  // namespace chainmend::proxy
