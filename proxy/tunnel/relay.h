#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "proxy/io/timer.h"
#include "proxy/tunnel/relay_end.h"

namespace chainmend::proxy {

/// How a relay went.
struct RelayOutcome {
    std::string end = "closed";  ///< the words are listed in proxy/README.md
    std::string detail;
    std::uint64_t bytes_from_client = 0;
    std::uint64_t bytes_from_server = 0;
};

/// Passes bytes between a client and a server, both ways, without looking at them. An orderly end of one
/// direction is passed on as one and the other direction goes on; a truncation is passed on as a truncation,
/// never mended into an orderly end.
class Relay {
  public:
    /// Both ends outlive the relay. `buffer` is the loop's. `finished` is the last thing the relay does.
    Relay(EventLoop& loop, RelayEnd& client, RelayEnd& server, std::span<std::uint8_t> buffer,
          std::chrono::milliseconds idle_timeout, std::function<void(RelayOutcome)> finished);
    ~Relay();
    Relay(const Relay&) = delete;
    Relay& operator=(const Relay&) = delete;

    /// Begins with what the ends have already received. `finished` may run from the next round of the loop
    /// on.
    void begin();
    const RelayOutcome& so_far() const { return outcome_; }

    /// When an end has this much to send, the other one is not read until it has sent all of it: with the
    /// kernel's buffers beside it, that keeps a fast path busy (64 KiB is one read) and holds a tunnel whose
    /// reader is slow to twice this per direction.
    static constexpr std::size_t high_water = 64 * 1024;

  private:
    struct Direction {
        RelayEnd& from;
        RelayEnd& to;
        std::uint64_t& bytes;
        RelayEnd::Ending passed_on = RelayEnd::Ending::open;  ///< what `to` was told

        bool finished() const { return passed_on != RelayEnd::Ending::open; }
    };

    void take(Direction& direction, ByteView plaintext);
    void pump(Direction& direction);
    void pump_both();
    void finish_if_over();
    void end_with(std::string end, std::string detail);

    const std::span<std::uint8_t> buffer_;
    const std::chrono::milliseconds idle_timeout_;
    const std::function<void(RelayOutcome)> finished_;
    EventLoop& loop_;
    RelayOutcome outcome_;
    Direction up_;
    Direction down_;
    Deadline idle_;
    OperationPtr first_round_;
};

}  // namespace chainmend::proxy
