#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "proxy/io/event_loop.h"
#include "proxy/io/ip_address.h"
#include "proxy/io/operation.h"

namespace chainmend::proxy {

enum class ResolveFailure {
    none,
    not_found,  ///< the name does not exist or has no address
    temporary,  ///< the name servers could not be asked or did not answer
};

struct Resolution {
    std::vector<IpAddress> addresses = {};  ///< in the system's order of preference (RFC 6724), no duplicates
    ResolveFailure failure = ResolveFailure::none;
    std::string detail = {};  ///< the system's words for the failure
};

enum class AddressFamilies { all, v4_only };

/// One question to the system about the addresses of a name.
using AskSystem =
    std::function<OperationPtr(AddressFamilies families, std::function<void(Resolution)> completion)>;

struct NameLookupOptions {
    /// After so long without an answer the IPv4 addresses are asked for alone. As long as RFC 8305 section 5
    /// gives a connection attempt: most names are known long before, and cost one question only.
    std::chrono::milliseconds patience{250};
    /// "Resolution Delay", RFC 8305 section 3: how long IPv4 addresses wait for IPv6 ones.
    std::chrono::milliseconds resolution_delay{50};
};

/// The addresses of a name as soon as there are any (RFC 8305 section 3): the system's resolver answers when
/// it has asked for IPv6 and IPv4 both, and keeps everybody waiting for many seconds where name servers do
/// not answer questions for IPv6. The system is asked for everything, because only so does it put the
/// addresses in order; when that takes long, for IPv4 beside it. The other way round nothing is gained: IPv6
/// addresses without the IPv4 ones would leave nothing to fall back on.
OperationPtr start_name_lookup(EventLoop& loop, AskSystem ask, const NameLookupOptions& options,
                               std::function<void(Resolution)> completion);

}  // namespace chainmend::proxy
