#pragma once

#include <sys/types.h>

#include <set>
#include <string>
#include <string_view>

#include "proxy/io/ip_address.h"

namespace chainmend::proxy {

/// The users who listen where a connection to `address` of this machine may arrive, out of the text of the
/// kernel's table of sockets (/proc/net/tcp or tcp6, proc(5)). A listener on every address counts for each.
std::set<uid_t> listener_owners(std::string_view table, const SocketAddress& address);

/// Whether whoever answers at `address` runs as this user or as root, who could do anything anyway: somebody
/// listens there, and nobody else does. Reads /proc; false where there is none, and for addresses of other
/// machines.
bool listens_for_us(const SocketAddress& address);

}  // namespace chainmend::proxy
