#include "proxy/tunnel/tls_stream.h"

#include "tls/upstream_session.h"

namespace chainmend::proxy {

using State = tls::Session::State;

namespace {

// A server that wanted a client certificate may say so, close, or both: then a write that fails may come
// before its alert has been read.
std::string with_wish(std::string detail, const tls::Session& session) {
    const auto* upstream = dynamic_cast<const tls::UpstreamSession*>(&session);
    if (upstream && upstream->client_certificate_requested()) detail += "; it asked for a client certificate";
    return detail;
}

}  // namespace

TlsStream::TlsStream(std::unique_ptr<TcpStream> stream, std::unique_ptr<tls::Session> session,
                     std::span<std::uint8_t> plaintext)
    : stream_(std::move(stream)), session_(std::move(session)), plaintext_(plaintext) {
    stream_->set_callbacks({
        .data = [this](ByteView ciphertext) { received(ciphertext); },
        .end = [this] { stream_ended(); },
        .drained =
            [this] {
                if (callbacks_.drained) callbacks_.drained();
            },
        .error = [this](const Error& error) { stream_broke(error); },
    });
}

TlsStream::~TlsStream() = default;

void TlsStream::begin(ByteView received, std::function<void()> moved) {
    moved_ = std::move(moved);
    session_->advance();
    if (!received.empty()) session_->receive(received);
    handshake_moved();
}

void TlsStream::go_on() {
    session_->advance();
    handshake_moved();
}

// A handshake that waits for its owner must not be fed: what the peer sends meanwhile stays in the kernel.
void TlsStream::handshake_moved() {
    flush();
    if (session_->state() == State::handshaking && !stream_ended_) {
        stream_->start_reading();
    } else {
        stream_->stop_reading();
    }
}

void TlsStream::set_callbacks(Callbacks callbacks) {
    moved_ = nullptr;
    callbacks_ = std::move(callbacks);
}

void TlsStream::received(ByteView ciphertext) {
    if (moved_) {
        session_->receive(ciphertext);
        handshake_moved();
        moved_();
        return;
    }
    const auto size = session_->receive(ciphertext, plaintext_);
    flush();
    notice_ending();
    if (size > 0) {
        if (callbacks_.plaintext) callbacks_.plaintext(plaintext_.first(size));
    } else if (ending_ != Ending::open && callbacks_.end) {
        callbacks_.end();
    }
}

// Once open the session is not told of the end of the stream: it would refuse to write from then on, and a
// peer that has ended its sending without a close_notify may still be reading.
void TlsStream::stream_ended() {
    stream_ended_ = true;
    if (moved_) {
        session_->receive_end();
        handshake_moved();
        moved_();
        return;
    }
    notice_ending();
    if (ending_ != Ending::open && callbacks_.end) callbacks_.end();
}

void TlsStream::stream_broke(const Error& error) {
    stream_ended_ = true;
    if (moved_) {
        session_->receive_end();
        moved_();
        return;
    }
    ending_ = Ending::broken;
    detail_ = with_wish(error.message, *session_);
    if (callbacks_.end) callbacks_.end();
}

std::size_t TlsStream::read(std::span<std::uint8_t> plaintext) {
    const auto size = session_->read(plaintext);
    if (size == 0) notice_ending();
    flush();
    return size;
}

// Only when there is no plaintext left to read: what came before an end comes out before it.
void TlsStream::notice_ending() {
    if (ending_ != Ending::open) return;
    if (session_->state() == State::peer_closed) {
        ending_ = Ending::orderly;
    } else if (session_->state() == State::failed) {
        ending_ = Ending::broken;
        detail_ = session_->error();
    } else if (stream_ended_) {
        ending_ = Ending::truncated;
        detail_ = with_wish("the connection ended without close_notify", *session_);
    }
}

void TlsStream::write(ByteView plaintext) {
    session_->write(plaintext);
    flush();
}

void TlsStream::finish(Ending how) {
    if (how == Ending::orderly) {
        session_->close();
        flush();
    }
    stream_->shutdown_write();
}

void TlsStream::resume() {
    if (!stream_ended_ && ending_ == Ending::open) stream_->start_reading();
}

void TlsStream::flush() {
    const auto output = session_->output();
    if (output.empty()) return;
    stream_->write(output);
    session_->consume_output(output.size());
}

}  // namespace chainmend::proxy
