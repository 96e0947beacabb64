#pragma once

#include <functional>
#include <span>
#include <string_view>

#include "proxy/io/timer.h"
#include "proxy/tunnel/relay_end.h"

namespace chainmend::proxy {

/// The last thing that is said on a connection. It is read by the client only if nothing it sent is left
/// unread when the connection is closed (the kernel would reset it): so what still comes is read and thrown
/// away until the client closes, though not for long.
class FinalAnswer {
  public:
    /// Says it and ends the sending. `end` outlives this; `buffer` is the loop's. `finished` runs from the
    /// loop when the connection may be closed; it may destroy this.
    FinalAnswer(EventLoop& loop, RelayEnd& end, std::string_view text, std::span<std::uint8_t> buffer,
                std::function<void()> finished);
    FinalAnswer(const FinalAnswer&) = delete;
    FinalAnswer& operator=(const FinalAnswer&) = delete;

    /// How long a client may take to read its answer before the connection is closed under it.
    static constexpr std::chrono::seconds linger{2};

  private:
    void throw_away();
    void ended();

    RelayEnd& end_;
    const std::span<std::uint8_t> buffer_;
    const std::function<void()> finished_;
    Deadline deadline_;
};

}  // namespace chainmend::proxy
