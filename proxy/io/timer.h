#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>

#include "proxy/io/event_loop.h"
#include "proxy/io/operation.h"

namespace chainmend::proxy {

/// Calls `completion` once after `delay` (0: in the next round of the loop).
OperationPtr start_timer(EventLoop& loop, std::chrono::milliseconds delay, std::function<void()> completion);

/// A timer that is moved often, for instance by every byte of a tunnel: setting it later costs a store, not a
/// system call or a heap operation.
class Deadline {
  public:
    /// Not set yet. `expired` runs from the loop each time a set deadline passes; it may destroy the
    /// Deadline.
    Deadline(EventLoop& loop, std::function<void()> expired);
    ~Deadline();
    Deadline(const Deadline&) = delete;
    Deadline& operator=(const Deadline&) = delete;

    /// Expires `delay` from now; replaces what was set before.
    void set(std::chrono::milliseconds delay);
    void clear();
    bool is_set() const;

  private:
    struct Clock;
    Clock* clock_;  // belongs to the loop once closed
};

}  // namespace chainmend::proxy
