#pragma once

#include <cstdint>
#include <string>

namespace chainmend::proxy {

/// How a history is doing.
struct HistoryStatus {
    std::string file;
    std::uint64_t written = 0;  ///< records
    std::uint64_t lost = 0;     ///< records dropped: the queue was full, or the disk did not take them
    std::string problem;        ///< why nothing is being written; empty while all is well
};

}  // namespace chainmend::proxy
