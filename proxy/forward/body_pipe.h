#pragma once

#include <cstdint>
#include <span>

#include "proxy/http/body_reader.h"
#include "proxy/tunnel/relay_end.h"

namespace chainmend::proxy {

/// Passes one message's body from one connection to another as it comes, with its framing written anew, so
/// that nothing two readers could disagree about gets through. Holds no more than the sending side's queue.
class BodyPipe {
  public:
    enum class State {
        moving,
        complete,  ///< all of it, trailers included, has been given to `to`
        failed,    ///< detail() says why; what was passed on is not the whole body
    };

    /// Both ends outlive the pipe. `buffer` is the loop's.
    BodyPipe(RelayEnd& from, RelayEnd& to, const BodyFraming& read_as, BodyFraming::Kind written_as,
             std::span<std::uint8_t> buffer);

    /// What has arrived from `from`. What lies behind the body is kept in rest().
    void take(ByteView bytes);
    /// Reads on as far as `to` has room, and says to `from` whether to send more. To be called whenever
    /// something has changed: bytes taken, `to` drained, `from` ended.
    void pump();

    State state() const { return state_; }
    const std::string& detail() const { return detail_; }
    std::uint64_t bytes() const { return bytes_; }
    /// What came behind the body in the same read. Moves it out.
    Bytes take_rest() { return std::move(rest_); }

    /// As for a relay: one read keeps a fast path busy, and a slow reader holds no more than twice this.
    static constexpr std::size_t high_water = 64 * 1024;

  private:
    void write(ByteView data);
    void complete();
    void fail(std::string detail);

    RelayEnd& from_;
    RelayEnd& to_;
    BodyReader reader_;
    const BodyFraming::Kind written_as_;
    const std::span<std::uint8_t> buffer_;
    State state_ = State::moving;
    std::uint64_t bytes_ = 0;
    Bytes rest_;
    std::string detail_;
};

}  // namespace chainmend::proxy
