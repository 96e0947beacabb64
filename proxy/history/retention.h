#pragma once

#include <chrono>
#include <cstdint>

#include "proxy/history/database.h"

namespace chainmend::proxy {

/// What a history may hold.
struct RetentionLimits {
    std::chrono::seconds keep{};  ///< decisions older than this are forgotten
    std::int64_t max_size = 0;    ///< bytes of the file; beyond it the oldest decisions go
    std::int64_t at_once = 5000;  ///< decisions forgotten in one transaction: about 50 ms of work
};

/// Forgets some of what is too old or too much, and what nothing refers to any more: one transaction that is
/// short, so that new records do not wait for long. How many decisions it forgot; call again until it is 0.
Result<std::int64_t> forget_some(Database& database, const RetentionLimits& limits, std::int64_t now);

}  // namespace chainmend::proxy
