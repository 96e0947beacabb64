#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "proxy/io/operation.h"
#include "proxy/io/tcp_stream.h"

namespace chainmend::proxy {

enum class ConnectFailure {
    none,
    refused,      ///< a host answered with RST
    unreachable,  ///< no route, or the network said so
    timed_out,    ///< nobody answered in time
    other,        ///< the operating system says no (out of descriptors, not permitted)
};
/// "connection refused", "unreachable", ...
const char* to_string(ConnectFailure failure);

struct ConnectOutcome {
    std::unique_ptr<TcpStream> stream;  ///< null when nothing could be connected
    SocketAddress address;              ///< the one connected to, or the last one tried
    ConnectFailure failure = ConnectFailure::none;
    std::string detail;  ///< one line: each address tried and what it said
};

struct ConnectOptions {
    std::chrono::milliseconds timeout = std::chrono::seconds{10};  ///< for all addresses together
    /// "Connection Attempt Delay", RFC 8305 section 5 recommends 250 ms.
    std::chrono::milliseconds stagger = std::chrono::milliseconds{250};
};

/// Connects to the first of `addresses` that answers: tried in their order with the families interleaved, the
/// next one when the previous failed or has not answered within `stagger` (RFC 8305). Losers are closed. An
/// empty list fails as unreachable.
OperationPtr start_connect(EventLoop& loop, std::vector<SocketAddress> addresses,
                           const ConnectOptions& options, std::function<void(ConnectOutcome)> completion);

}  // namespace chainmend::proxy
