#pragma once

#include <chrono>
#include <cstdint>
#include <set>

#include "proxy/history/database.h"

namespace chainmend::proxy {

/// What a history may hold.
struct RetentionLimits {
    std::chrono::seconds keep{};  ///< decisions older than this are forgotten
    std::int64_t max_size = 0;    ///< bytes of the file, 0 for any; beyond it the oldest decisions go
    std::int64_t at_once = 5000;  ///< decisions forgotten in one transaction: about 50 ms of work
};

/// What one round has forgotten.
struct Forgotten {
    std::int64_t decisions = 0;
    std::set<std::int64_t> verdicts;  ///< their rows
    bool is_more = false;             ///< there may be more to forget: go on
};

/// Forgets some of what is too old or too much, and what no decision refers to any more: one transaction that
/// is short, so that new records do not wait for long. Gives some of the free pages back to the system. The
/// newest decision is not forgotten for its size.
Result<Forgotten> forget_some(Database& database, const RetentionLimits& limits, std::int64_t now);

}  // namespace chainmend::proxy
