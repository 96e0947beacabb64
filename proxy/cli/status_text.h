#pragma once

#include <string>

#include "config/result.h"
#include "proxy/report/json.h"

namespace chainmend::proxy {

/// The answer of /status as a screen for a person; strangers' text in it comes out printable.
/// ErrorCode::environment when a field is not what it should be. `colours` mark what needs attention.
Result<std::string> status_text(const Json& status, bool colours);

}  // namespace chainmend::proxy
