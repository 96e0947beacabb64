#pragma once

#include <memory>

#include "proxy/io/tcp_stream.h"
#include "proxy/tunnel/relay_end.h"
#include "tls/session.h"

namespace chainmend::proxy {

/// A TCP connection with a TLS session on it: moves ciphertext between the two, both during the handshake and
/// after. Who it belongs to decides what the session's suspensions get for an answer.
class TlsStream final : public RelayEnd {
  public:
    /// `plaintext` is the loop's decryption buffer, shared by all its streams, and outlives this.
    TlsStream(std::unique_ptr<TcpStream> stream, std::unique_ptr<tls::Session> session,
              std::span<std::uint8_t> plaintext);
    ~TlsStream() override;

    /// Begins the handshake; `received` are bytes of the peer that somebody else has read already. Look at
    /// session().state() afterwards. From then on `moved` is called from the loop, never inside a call, each
    /// time the handshake has got further, until the session is suspended, open or failed: then the socket is
    /// left alone until go_on() or resume().
    void begin(ByteView received, std::function<void()> moved);
    /// After a suspension was answered. Look at session().state() afterwards.
    void go_on();

    tls::Session& session() { return *session_; }
    const tls::Session& session() const { return *session_; }
    const TcpStream& stream() const { return *stream_; }
    void set_callbacks(Callbacks callbacks) override;
    std::size_t read(std::span<std::uint8_t> plaintext) override;
    void write(ByteView plaintext) override;
    std::size_t pending() const override { return stream_->queued(); }
    void finish(Ending how) override;
    void pause() override { stream_->stop_reading(); }
    void resume() override;
    Ending ending() const override { return ending_; }
    std::string detail() const override { return detail_; }

  private:
    void received(ByteView ciphertext);
    void stream_ended();
    void stream_broke(const Error& error);
    void handshake_moved();
    void flush();
    void notice_ending();

    const std::unique_ptr<TcpStream> stream_;
    const std::unique_ptr<tls::Session> session_;
    const std::span<std::uint8_t> plaintext_;
    std::function<void()> moved_;  // during the handshake only
    Callbacks callbacks_;
    bool stream_ended_ = false;
    Ending ending_ = Ending::open;
    std::string detail_;
};

}  // namespace chainmend::proxy
