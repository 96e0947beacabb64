#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>

#include "proxy/report/json.h"

namespace chainmend::proxy {

/// One line about what a proxy decided, from its record (one JSON object a line):
/// "3 hosts, 1 repaired, 1 refused (expired.test: expired)", and the requests over plain HTTP, which are in
/// no record. Says so when the proxy was not asked for anything.
std::string record_summary(std::istream& record, std::uint64_t plain_requests);

/// The same for a proxy that others use as well, from what it said at /status before and afterwards.
std::string status_difference(const Json& before, const Json& after);

}  // namespace chainmend::proxy
