#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace chainmend::proxy {

/// Leaves hosts alone that keep failing. Closed: every fetch may go. After `failures_to_open` failures in a
/// row: open, none may, for a while. Then half-open: one may, and its result closes the breaker or opens it
/// for twice as long.
///
/// Only what says that a host is down counts as failure (nobody answers, refused, unreachable, no address);
/// an HTTP status or an odd body shows that it lives. Plain value without a clock; not thread-safe.
class CircuitBreaker {
  public:
    using Moment = std::chrono::milliseconds;  ///< monotonic

    enum class State { closed, open, half_open };
    struct HostState {
        std::string host;  ///< host:port
        State state = State::closed;
        int failures = 0;   ///< in a row
        Moment retry_in{};  ///< open: until a probe is let through
    };

    /// True: go (a probe when half-open, which must be followed by succeeded, failed or released).
    bool admit(const std::string& host, Moment now);
    void succeeded(const std::string& host);
    void failed(const std::string& host, Moment now);
    /// A fetch that was admitted ended without telling anything about the host (cancelled, blocked).
    void released(const std::string& host);

    /// Hosts that are open or half-open.
    std::vector<HostState> troubled(Moment now) const;

    static constexpr int failures_to_open = 3;
    static constexpr Moment first_pause = std::chrono::seconds{30};
    static constexpr Moment longest_pause = std::chrono::minutes{2};
    /// Hosts remembered; beyond it the one heard of longest ago is forgotten. 4,096 x about 150 bytes.
    static constexpr std::size_t max_hosts = 4096;

  private:
    struct Host {
        int failures = 0;
        bool probing = false;
        Moment open_until{};
        Moment pause{};
        Moment last_heard{};
    };
    std::map<std::string, Host> hosts_;
};

const char* to_string(CircuitBreaker::State state);

}  // namespace chainmend::proxy
