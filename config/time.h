#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "config/result.h"

namespace chainmend {

/// A moment, UTC, whole seconds: the precision that X.509 validity has (RFC 5280 section 4.1.2.5). Nothing
/// below proxy/ reads a clock; whoever needs the present is handed one of these.
using Time = std::chrono::sys_seconds;

/// RFC 3339, for instance "2026-06-01T00:00:00Z" or "2026-06-01T02:00:00.999+02:00". A fraction is cut off,
/// not rounded: a certificate that starts at the next full second is not valid yet.
Result<Time> parse_rfc3339(std::string_view text);

/// "2026-06-01T00:00:00Z"
std::string to_rfc3339(Time time);

/// "2026-06-01"
std::string to_date(Time time);

/// Whole days in a span, rounded towards zero: what ended 3 days and 20 hours ago ended 3 days ago (-3). The
/// one rounding for all that is told in days.
constexpr std::int64_t whole_days(std::chrono::seconds span) {
    return std::chrono::duration_cast<std::chrono::days>(span).count();
}

}  // namespace chainmend
