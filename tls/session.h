#pragma once

#include <memory>
#include <string>

#include "config/bytes.h"

typedef struct ssl_st SSL;  // libssl's

namespace chainmend::tls {

/// Facts about a finished handshake, for the record.
struct Negotiated {
    std::string version;   ///< "1.3"
    std::string cipher;    ///< "TLS_AES_128_GCM_SHA256"
    std::string group;     ///< "x25519", empty when unknown
    std::string protocol;  ///< ALPN, empty when none was agreed
    bool resumed = false;
};

/// One side of a TLS connection as a byte machine: ciphertext in, plaintext out, and the reverse. No sockets, no
/// clock. Not thread-safe; all calls from the loop that owns it.
///
/// The owner pumps it:
///   1. bytes from the socket go in with receive(), the end of the stream with receive_end();
///   2. advance() moves the handshake; state() says what is wanted next;
///   3. whatever output() shows goes to the socket, then consume_output();
///   4. once open: read() yields plaintext, write() takes it.
class Session {
  public:
    enum class State {
        handshaking,   ///< wants ciphertext from the peer
        suspended,     ///< wants an answer from its owner: a verdict (upstream side) or a certificate (client side)
        open,          ///< application data flows
        peer_closed,   ///< the peer sent close_notify; writing is still possible
        failed,        ///< see error(); output() may still hold an alert to send
    };

    virtual ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    State state() const { return state_; }

    /// Takes all of `ciphertext` (what libssl does not want yet is kept, so the owner bounds it by not
    /// reading on while read() is behind).
    void receive(ByteView ciphertext);
    /// The socket ended. Without a close_notify before it this is a truncation: truncated() becomes true and state()
    /// failed (RFC 8446 section 6.1).
    void receive_end();
    /// Moves the handshake as far as it goes. Cheap to call again.
    State advance();

    /// Ciphertext waiting for the socket; valid until the next non-const call.
    ByteView output() const;
    void consume_output(std::size_t size);

    /// Decrypts into `plaintext`; returns the number of bytes, 0 when there is nothing now. May change state().
    std::size_t read(std::span<std::uint8_t> plaintext);
    /// Encrypts from `plaintext` and returns how many bytes were taken: all of them unless the session is not open.
    /// The owner bounds it with output().size().
    std::size_t write(ByteView plaintext);
    /// Queues a close_notify; reading is still possible (half-close).
    void close();

    bool truncated() const { return truncated_; }
    /// Printable, one line: libssl's reason or the alert the peer sent ("alert from the peer: unknown ca").
    const std::string& error() const { return error_; }
    /// The alert the peer sent, 0 when none.
    int peer_alert() const { return peer_alert_; }
    Negotiated negotiated() const;

  protected:
    explicit Session(SSL* ssl);

    SSL* ssl() const { return ssl_; }
    /// Called by advance() with the result of SSL_do_handshake when it is not a plain want-read.
    virtual bool is_suspension(int ssl_error) const = 0;
    void fail(std::string error);

  private:
    friend struct SessionBio;  // the BIO over the two queues below
    SSL* ssl_;
    State state_ = State::handshaking;
    Bytes input_;
    std::size_t input_begin_ = 0;
    bool input_ended_ = false;
    Bytes output_;
    std::size_t output_begin_ = 0;
    bool truncated_ = false;
    int peer_alert_ = 0;
    std::string error_;
};

}  // namespace chainmend::tls
