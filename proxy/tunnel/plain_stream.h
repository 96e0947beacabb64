#pragma once

#include <memory>
#include <optional>

#include "proxy/io/tcp_stream.h"
#include "proxy/tunnel/relay_end.h"

namespace chainmend::proxy {

/// A TCP connection without TLS as an end of a relay: a FIN is an orderly end.
class PlainStream final : public RelayEnd {
  public:
    /// `received`: bytes of the peer that somebody else has read already; they come out of read() first.
    explicit PlainStream(std::unique_ptr<TcpStream> stream, Bytes received = {});
    ~PlainStream() override;

    TcpStream& stream() { return *stream_; }
    /// Gives the connection away; its callbacks are nobody's until they are set anew. What was received and
    /// not read stays here: read() it before.
    std::unique_ptr<TcpStream> release();

    /// A stream whose very first byte is this counts as broken, for this reason, before anything of it comes
    /// out.
    void refuse_first_byte(std::uint8_t byte, std::string reason);

    void set_callbacks(Callbacks callbacks) override { callbacks_ = std::move(callbacks); }
    std::size_t read(std::span<std::uint8_t> plaintext) override;
    void write(ByteView plaintext) override { stream_->write(plaintext); }
    std::size_t pending() const override { return stream_->queued(); }
    void finish(Ending how) override;
    void pause() override { stream_->stop_reading(); }
    void resume() override { stream_->start_reading(); }
    Ending ending() const override { return received_.empty() ? ending_ : Ending::open; }
    std::string detail() const override { return detail_; }

  private:
    bool refuses(ByteView bytes);

    std::unique_ptr<TcpStream> stream_;
    Bytes received_;
    Callbacks callbacks_;
    std::optional<std::uint8_t> refused_first_byte_;
    std::string refusal_;
    Ending ending_ = Ending::open;
    std::string detail_;
};

}  // namespace chainmend::proxy
