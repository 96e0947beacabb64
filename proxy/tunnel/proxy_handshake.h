#pragma once

#include <functional>
#include <memory>
#include <string>

#include "proxy/http/response_head.h"
#include "proxy/io/operation.h"
#include "proxy/io/tcp_stream.h"
#include "proxy/io/timer.h"
#include "proxy/policy/upstream_proxy.h"

namespace chainmend::proxy {

struct ProxyHandshakeOutcome {
    std::unique_ptr<TcpStream> stream;  ///< a connection to the server; null when the proxy made none
    Bytes received;                     ///< what the server has already said through it
    std::string detail;                 ///< one line: what the proxy said instead
    bool timed_out = false;
};

/// Asks an upstream proxy, over a connection to it, for one to `target` (CONNECT, RFC 9110 section 9.3.6).
OperationPtr start_proxy_handshake(EventLoop& loop, std::unique_ptr<TcpStream> stream,
                                   const UpstreamProxy& proxy, const Authority& target,
                                   std::chrono::milliseconds timeout,
                                   std::function<void(ProxyHandshakeOutcome)> completion);

}  // namespace chainmend::proxy
