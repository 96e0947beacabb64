#pragma once

#include <array>
#include <chrono>
#include <cstdint>

namespace chainmend::proxy {

/// How long something took, counted in buckets as Prometheus wants them. A plain value.
struct DurationHistogram {
    /// Upper bounds in seconds: from a handshake within one machine (a millisecond) to the timeouts (10 s).
    static constexpr std::array<double, 13> bounds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                                   0.25,  0.5,    1,     2.5,  5,     10};

    std::array<std::uint64_t, bounds.size() + 1> counts{};  ///< by bucket, the last one without a bound
    double seconds = 0;                                     ///< of all together

    void add(std::chrono::nanoseconds duration) {
        const double value = std::chrono::duration<double>(duration).count();
        std::size_t bucket = 0;
        while (bucket < bounds.size() && value > bounds[bucket])
            ++bucket;
        ++counts[bucket];
        seconds += value;
    }
    DurationHistogram& operator+=(const DurationHistogram& other) {
        for (std::size_t i = 0; i < counts.size(); ++i)
            counts[i] += other.counts[i];
        seconds += other.seconds;
        return *this;
    }
};

}  // namespace chainmend::proxy
