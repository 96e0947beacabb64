#pragma once

#include <functional>
#include <string>

#include "proxy/io/lookup_places.h"
#include "proxy/io/name_lookup.h"

namespace chainmend::proxy {

/// One question to the system's resolver.
struct SystemQuestion {
    std::string host;
    AddressFamilies families = AddressFamilies::all;
    /// Kept until the system has really answered, also when nobody waits for that any more. May be null.
    LookupPlaces::Place place = nullptr;
};

/// Asks it: getaddrinfo on libuv's thread pool. Destroying the operation does not end what is under way on
/// the pool; it ends unheard.
OperationPtr start_system_lookup(EventLoop& loop, SystemQuestion question,
                                 std::function<void(Resolution)> completion);

}  // namespace chainmend::proxy
