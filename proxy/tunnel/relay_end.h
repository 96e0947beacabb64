#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "config/bytes.h"

namespace chainmend::proxy {

/// One end of a relay: something that plaintext comes out of and goes into, over one TCP connection.
///
/// No callback runs inside a call; each may destroy the end.
class RelayEnd {
  public:
    struct Callbacks {
        /// Plaintext arrived; valid during the call. There may be more: read() until 0.
        std::function<void(ByteView)> plaintext;
        /// Nothing more will come out; how_it_ended() says why. Writing may still be possible.
        std::function<void()> end;
        /// Everything written has reached the kernel, after pending() was not 0.
        std::function<void()> drained;
    };

    /// How the peer ended its sending direction.
    enum class Ending {
        open,       ///< it has not
        orderly,    ///< close_notify, or FIN where no TLS is spoken
        truncated,  ///< FIN without close_notify: what came before it may be incomplete
        broken,     ///< reset, a fatal alert, a record that does not decrypt: writing is over too
    };

    virtual ~RelayEnd() = default;
    RelayEnd(const RelayEnd&) = delete;
    RelayEnd& operator=(const RelayEnd&) = delete;

    virtual void set_callbacks(Callbacks callbacks) = 0;
    /// Plaintext that is already here, 0 when there is none now.
    virtual std::size_t read(std::span<std::uint8_t> plaintext) = 0;
    /// Takes all of it. Bound it with pending(). Dropped when the end is broken.
    virtual void write(ByteView plaintext) = 0;
    /// Bytes taken that the kernel has not taken yet.
    virtual std::size_t pending() const = 0;
    /// Ends our sending direction once everything is sent: in an orderly way, or as a truncation.
    virtual void finish(Ending how) = 0;

    /// Whether the socket is read. A paused end fills the kernel's buffer and so slows its peer.
    virtual void pause() = 0;
    virtual void resume() = 0;

    virtual Ending ending() const = 0;
    /// One printable line about a truncated or broken end, else empty.
    virtual std::string detail() const = 0;

  protected:
    RelayEnd() = default;
};

}  // namespace chainmend::proxy
