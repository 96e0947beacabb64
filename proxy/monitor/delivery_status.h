#pragma once

#include <cstdint>

namespace chainmend::proxy {

/// What became of events that were handed to a command or a webhook.
struct DeliveryStatus {
    std::uint64_t delivered = 0;
    std::uint64_t failed = 0;   ///< given up after several tries
    std::uint64_t dropped = 0;  ///< too many waited
};

}  // namespace chainmend::proxy
