#pragma once

#include <string>

#include "proxy/http/request_head.h"
#include "proxy/io/ip_address.h"

namespace chainmend::proxy {

/// Empty when the request may be answered, else why not, in one line.
///
/// A web page of a stranger can make a browser send requests here, and by pointing its own name at 127.0.0.1
/// it could even read the answers (DNS rebinding). Both show: in the Origin header, and in a Host header that
/// is not ours. So Host must be "localhost" (or below it), a loopback address, or the address that was
/// connected to (`own`), on any port, since it may come through a forwarded one; an Origin must be exactly
/// that host.
std::string gate_objection(const RequestHead& head, const IpAddress& own);

}  // namespace chainmend::proxy
