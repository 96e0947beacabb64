#pragma once

#include <cstdint>

#include "proxy/monitor/delivery_status.h"

namespace chainmend::proxy {

/// What the monitor has done since the start.
struct MonitorStatus {
    std::size_t hosts = 0;     ///< that it looks at
    std::uint64_t looks = 0;   ///< at one address each
    std::uint64_t bad = 0;     ///< of these, refused or not reached
    std::uint64_t events = 0;  ///< told
    DeliveryStatus delivery;
};

}  // namespace chainmend::proxy
