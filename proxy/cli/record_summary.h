#pragma once

#include <iosfwd>
#include <string>

#include "proxy/report/json.h"

namespace chainmend::proxy {

/// One line about what a proxy decided, from its record (one JSON object a line):
/// "3 hosts, 1 repaired, 1 refused (expired.test: expired)". Says so when the proxy was not asked for
/// anything.
std::string record_summary(std::istream& record);

/// The same for a proxy that others use as well, from what it said at /status before and afterwards.
std::string status_difference(const Json& before, const Json& after);

}  // namespace chainmend::proxy
