#pragma once

#include <string>

#include "config/result.h"
#include "config/time.h"

namespace chainmend {

/// A date as people write it, "2026-12-31", means the whole day: its last second in UTC. A whole RFC 3339
/// time means itself.
Result<Time> last_moment_of(const std::string& text);

}  // namespace chainmend
