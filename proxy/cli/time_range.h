#pragma once

#include <string>

#include "config/result.h"
#include "config/time.h"

namespace chainmend::proxy {

/// A moment as people give it: "24h" or "7d" before `now`, "2026-11-21", "2026-11-21T14:00:00Z".
/// ErrorCode::invalid_argument for anything else.
Result<Time> moment_from(const std::string& text, Time now);

}  // namespace chainmend::proxy
