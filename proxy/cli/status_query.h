#pragma once

#include <string>

#include "config/result.h"
#include "proxy/io/ip_address.h"
#include "proxy/report/json.h"

namespace chainmend::proxy {

/// Where a listener of this machine is reached: one on every address on loopback.
SocketAddress reachable(SocketAddress listener);

/// What the proxy whose status pages are at `address` ("127.0.0.1:8182") says at /status. Waits up to 5 s.
/// ErrorCode::environment when none answers there, or something else does.
Result<Json> ask_status(const std::string& address);

}  // namespace chainmend::proxy
