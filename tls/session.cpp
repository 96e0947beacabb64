#include "tls/session.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>

#include "tls/session_bio.h"

namespace chainmend::tls {
namespace {

/// Enough of a stranger's first line to recognise it: "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3".
constexpr std::size_t greeting_size = 60;
/// Header, explicit nonce, content type and tag of the widest record of the suites in use (RFC 5246 6.2.3.3,
/// RFC 8446 5.2), rounded up.
constexpr std::size_t record_overhead = 64;

}  // namespace

Session::Session(SSL* ssl) : ssl_(ssl) {
    SSL_set_app_data(ssl_, this);
    BIO* bio = SessionBio::make(*this);
    if (bio) {
        SSL_set_bio(ssl_, bio, bio);
    } else {
        fail(FailureKind::protocol, "out of memory");
    }
}

Session::~Session() {
    SSL_free(ssl_);
    ERR_clear_error();
}

void Session::fail(FailureKind kind, std::string error) {
    fail(Failure{kind, printable(error, 200)});
}

void Session::fail(Failure failure) {
    if (state_ == State::failed) return;
    state_ = State::failed;
    failure_ = std::move(failure);
}

void Session::fail_by_libssl(int ssl_error) {
    const bool in_handshake = state_ == State::handshaking || state_ == State::suspended;
    Failure failure = libssl_failure(ssl_, ssl_error, in_handshake);
    if (in_handshake && !greeting_.empty() && !looks_like_tls(greeting_)) {
        failure = {FailureKind::not_tls,
                   "not TLS: the peer began with \"" + printable(greeting_, greeting_size) + "\""};
    }
    if (const auto more = remark(); !more.empty()) failure.text = printable(failure.text + "; " + more, 200);
    fail(std::move(failure));
}

void Session::note_greeting(ByteView ciphertext) {
    const std::size_t wanted = greeting_size - std::min(greeting_size, greeting_.size());
    greeting_ += as_text(ciphertext.first(std::min(wanted, ciphertext.size())));
}

std::size_t Session::receive(ByteView ciphertext, std::span<std::uint8_t> plaintext) {
    if (state_ == State::failed || state_ == State::peer_closed || input_ended_) return 0;
    if (state_ == State::handshaking) note_greeting(ciphertext);
    received_ = ciphertext;
    advance();
    const std::size_t size = read(plaintext);
    keep_received();
    return size;
}

void Session::keep_received() {
    if (state_ == State::failed || state_ == State::peer_closed) {
        Bytes().swap(input_);
        input_begin_ = 0;
    } else if (!received_.empty()) {
        input_.erase(input_.begin(), input_.begin() + static_cast<std::ptrdiff_t>(input_begin_));
        input_begin_ = 0;
        input_.insert(input_.end(), received_.begin(), received_.end());
    }
    received_ = {};
}

void Session::receive_end() {
    if (input_ended_) return;
    input_ended_ = true;
    if (state_ == State::handshaking) advance();
    if (state_ != State::open) return;
    // Plaintext that is still to be read comes first; with none left the missing close_notify shows at once.
    ERR_clear_error();
    std::uint8_t next;
    std::size_t peeked = 0;
    if (SSL_peek_ex(ssl_, &next, 1, &peeked) != 1) reading_stopped();
}

Session::State Session::advance() {
    if (state_ != State::handshaking && state_ != State::suspended) return state_;
    ERR_clear_error();
    const int result = SSL_do_handshake(ssl_);
    if (state_ == State::failed) return state_;  // from inside a callback
    if (result == 1) {
        state_ = State::open;
        std::string().swap(greeting_);
        handshake_done();
        return state_;
    }
    const int ssl_error = SSL_get_error(ssl_, result);
    if (ssl_error == suspension()) {
        state_ = State::suspended;
    } else if (ssl_error == SSL_ERROR_WANT_READ) {
        state_ = State::handshaking;
    } else {
        fail_by_libssl(ssl_error);
    }
    ERR_clear_error();
    return state_;
}

ByteView Session::output() const {
    return ByteView(output_).subspan(output_begin_);
}

void Session::consume_output(std::size_t size) {
    output_begin_ += std::min(size, output_.size() - output_begin_);
    if (output_begin_ == output_.size()) {
        Bytes().swap(output_);
        output_begin_ = 0;
    }
}

std::size_t Session::read(std::span<std::uint8_t> plaintext) {
    std::size_t size = 0;
    while (state_ == State::open && size < plaintext.size()) {
        ERR_clear_error();
        std::size_t got = 0;
        if (SSL_read_ex(ssl_, plaintext.data() + size, plaintext.size() - size, &got) != 1) {
            reading_stopped();
            break;
        }
        size += got;
    }
    return size;
}

void Session::reading_stopped() {
    switch (const int ssl_error = SSL_get_error(ssl_, 0)) {
        case SSL_ERROR_WANT_READ:
            break;
        case SSL_ERROR_ZERO_RETURN:
            state_ = State::peer_closed;
            break;
        default:
            fail_by_libssl(ssl_error);
    }
}

std::size_t Session::write(ByteView plaintext) {
    const bool writable = (state_ == State::open || state_ == State::peer_closed) && !close_sent_;
    if (!writable || plaintext.empty()) return 0;
    if (output_begin_ > output_.size() / 2) {
        output_.erase(output_.begin(), output_.begin() + static_cast<std::ptrdiff_t>(output_begin_));
        output_begin_ = 0;
    }
    const std::size_t records = plaintext.size() / SSL3_RT_MAX_PLAIN_LENGTH + 1;
    const std::size_t needed = output_.size() + plaintext.size() + records * record_overhead;
    if (needed > output_.capacity()) output_.reserve(std::max(needed, 2 * output_.capacity()));

    ERR_clear_error();
    std::size_t taken = 0;
    if (SSL_write_ex(ssl_, plaintext.data(), plaintext.size(), &taken) == 1) return taken;
    fail_by_libssl(SSL_get_error(ssl_, 0));
    return 0;
}

void Session::close() {
    if (close_sent_ || (state_ != State::open && state_ != State::peer_closed)) return;
    close_sent_ = true;
    ERR_clear_error();
    SSL_shutdown(ssl_);
    ERR_clear_error();
}

Negotiated Session::negotiated() const {
    Negotiated facts;
    // Without a cipher nothing has been agreed on: libssl would name its own highest version, and look for
    // the group in a session that is not there.
    const SSL_CIPHER* cipher = SSL_get_current_cipher(ssl_);
    if (state_ == State::handshaking || state_ == State::suspended || !cipher) return facts;
    facts.cipher = SSL_CIPHER_get_name(cipher);
    switch (SSL_version(ssl_)) {
        case TLS1_VERSION:
            facts.version = "1.0";
            break;
        case TLS1_1_VERSION:
            facts.version = "1.1";
            break;
        case TLS1_2_VERSION:
            facts.version = "1.2";
            break;
        case TLS1_3_VERSION:
            facts.version = "1.3";
            break;
    }
    if (const char* group = SSL_group_to_name(ssl_, static_cast<int>(SSL_get_negotiated_group(ssl_)))) {
        facts.group = group;
    }
    const unsigned char* protocol = nullptr;
    unsigned length = 0;
    SSL_get0_alpn_selected(ssl_, &protocol, &length);
    facts.protocol = printable(as_text({protocol, length}), 255);
    int digest = NID_undef;
    if (SSL_get_peer_signature_nid(ssl_, &digest) == 1 && digest != NID_undef)
        facts.signature_digest = OBJ_nid2sn(digest);
    facts.resumed = SSL_session_reused(ssl_) == 1;
    return facts;
}

}  // namespace chainmend::tls
