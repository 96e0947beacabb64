#pragma once

#include <memory>
#include <span>
#include <string>

#include "config/bytes.h"
#include "tls/failure.h"

typedef struct ssl_st SSL;  // libssl's

namespace chainmend::tls {

/// Facts about a finished handshake, for the record.
struct Negotiated {
    std::string version;   ///< "1.3"
    std::string cipher;    ///< "TLS_AES_128_GCM_SHA256"
    std::string group;     ///< "x25519", empty when unknown
    std::string protocol;  ///< ALPN, empty when none was agreed
    /// Of the peer's signature in the handshake, "SHA256"; empty when it made none, when the algorithm names
    /// none (Ed25519), and before TLS 1.2.
    std::string signature_digest;
    bool resumed = false;
};

/// One side of a TLS connection as a byte machine: ciphertext in, plaintext out, and the reverse. No sockets,
/// no clock. Not thread-safe; all calls from the loop that owns it. Nothing is ever called back: after each
/// call the owner looks at state() and output().
///
/// The owner pumps it:
///   1. advance() once begins the handshake (the upstream side has a ClientHello to send);
///   2. bytes from the socket go in with receive(), the end of the stream with receive_end();
///   3. whatever output() shows goes to the socket, then consume_output();
///   4. once open: receive() and read() yield plaintext, write() takes it.
class Session {
  public:
    enum class State {
        handshaking,  ///< wants ciphertext from the peer
        suspended,    ///< wants an answer from its owner: a verdict (upstream side) or a certificate (client
                      ///< side)
        open,         ///< application data flows
        peer_closed,  ///< the peer sent close_notify; writing is still possible
        failed,       ///< see error(); output() may still hold an alert to send
    };

    virtual ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    State state() const { return state_; }

    /// Takes all of `ciphertext` (it is not referred to afterwards), moves the handshake as advance() does,
    /// and once open decrypts into `plaintext` as far as that reaches; returns the number of bytes put there.
    /// No copy is made when `plaintext` has at least `ciphertext.size()` bytes: one read buffer and one
    /// plaintext buffer a loop are enough. What libssl does not want yet is kept for read(); the owner bounds
    /// that (kept_input()) by not reading from the socket while it can not pass plaintext on or while the
    /// session is suspended.
    ///
    /// Work and memory of one call are proportional to `ciphertext`, whatever the peer has put in it.
    std::size_t receive(ByteView ciphertext, std::span<std::uint8_t> plaintext = {});
    /// The socket ended. Once everything before it is read: without a close_notify this is a truncation,
    /// truncated() becomes true and state() failed (RFC 8446 section 6.1); after a close_notify nothing
    /// changes.
    void receive_end();
    /// Moves the handshake as far as it goes. Cheap to call again; needed at the start and after a suspension
    /// is answered.
    State advance();

    /// Ciphertext waiting for the socket; valid until the next non-const call. Empty spans free their memory.
    ByteView output() const;
    void consume_output(std::size_t size);

    /// Decrypts what was kept into `plaintext`; returns the number of bytes, 0 when there is nothing now. May
    /// change state(). To be repeated until 0 before the socket is read again.
    std::size_t read(std::span<std::uint8_t> plaintext);
    /// Ciphertext that was received and not yet consumed, in bytes.
    std::size_t kept_input() const { return input_.size() - input_begin_; }
    /// Encrypts from `plaintext` and returns how many bytes were taken: all of them, or none when the session
    /// is not open (or peer_closed), or close() was called. The owner bounds it with output().size().
    std::size_t write(ByteView plaintext);
    /// Queues a close_notify; reading is still possible (half-close). Without effect before the session is
    /// open.
    void close();
    /// close() has queued its close_notify.
    bool is_closed() const { return close_sent_; }

    bool truncated() const { return failure_.kind == FailureKind::truncated; }
    FailureKind failure() const { return failure_.kind; }
    /// Printable ASCII, one line, at most 200 bytes: libssl's reason or the alert the peer sent ("alert from
    /// the peer: unknown CA"). Empty unless failed.
    const std::string& error() const { return failure_.text; }
    /// The alert the peer sent (RFC 8446 section 6), 0 when none.
    int peer_alert() const { return failure_.peer_alert; }
    Negotiated negotiated() const;

  protected:
    /// Takes ownership of `ssl`, which has been told which side it is.
    explicit Session(SSL* ssl);

    SSL* ssl() const { return ssl_; }
    /// The SSL_get_error() code by which this side's handshake waits for its owner.
    virtual int suspension() const = 0;
    /// Called once when the handshake is done, before anything flows: the last chance to fail().
    virtual void handshake_done() {}
    /// What a person wants to know beside what libssl or the peer says of a failure; may be empty.
    virtual std::string remark() const { return {}; }
    /// Ends the session. The first failure is the one that counts.
    void fail(FailureKind kind, std::string error);

  private:
    friend struct SessionBio;  // the BIO over the two queues below
    void fail(Failure failure);
    void fail_by_libssl(int ssl_error);
    void note_greeting(ByteView ciphertext);
    void keep_received();
    void reading_stopped();

    SSL* ssl_;
    State state_ = State::handshaking;
    ByteView received_;  // borrowed, only inside receive()
    Bytes input_;        // what was left of earlier calls
    std::size_t input_begin_ = 0;
    bool input_ended_ = false;
    Bytes output_;
    std::size_t output_begin_ = 0;
    std::string greeting_;  // how the peer's stream begins, until its first record is known to be one
    bool close_sent_ = false;
    Failure failure_;
};

}  // namespace chainmend::tls
