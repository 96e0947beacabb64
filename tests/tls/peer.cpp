#include "tests/tls/peer.h"

#include <openssl/err.h>

#include <algorithm>
#include <array>

#include "tests/support/origin_context.h"

namespace chainmend::test {

Peer::Peer(SSL_CTX* context, bool server) : ssl_(SSL_new(context)) {
    BIO* in = BIO_new(BIO_s_mem());
    BIO* out = BIO_new(BIO_s_mem());
    BIO_set_mem_eof_return(in, -1);
    SSL_set_bio(ssl_, in, out);
    if (server) {
        SSL_set_accept_state(ssl_);
    } else {
        SSL_set_connect_state(ssl_);
    }
}

Peer::~Peer() {
    SSL_free(ssl_);
}

void Peer::feed(ByteView ciphertext) {
    BIO_write(SSL_get_rbio(ssl_), ciphertext.data(), static_cast<int>(ciphertext.size()));
}

void Peer::feed_end() {
    BIO_set_mem_eof_return(SSL_get_rbio(ssl_), 0);
}

Bytes Peer::take_output() {
    Bytes bytes(BIO_ctrl_pending(SSL_get_wbio(ssl_)));
    if (!bytes.empty()) BIO_read(SSL_get_wbio(ssl_), bytes.data(), static_cast<int>(bytes.size()));
    return bytes;
}

void Peer::step() {
    ERR_clear_error();
    int result = 1;
    if (!open_) {
        result = SSL_do_handshake(ssl_);
        open_ = result == 1;
    }
    while (open_) {
        std::array<char, 4096> buffer;
        std::size_t got = 0;
        result = SSL_read_ex(ssl_, buffer.data(), buffer.size(), &got);
        if (result != 1) break;
        received_.append(buffer.data(), got);
    }
    switch (SSL_get_error(ssl_, result)) {
        case SSL_ERROR_ZERO_RETURN:
            close_notify_ = true;
            break;
        case SSL_ERROR_SSL:
            if (error_.empty()) error_ = take_libssl_error();
            break;
        default:
            break;
    }
    ERR_clear_error();
}

void Peer::write(std::string_view plaintext) {
    std::size_t written = 0;
    SSL_write_ex(ssl_, plaintext.data(), plaintext.size(), &written);
}

ContextPtr client_context(const Identity& root, int minimum, int maximum) {
    ContextPtr context(SSL_CTX_new(TLS_client_method()));
    SSL_CTX* ctx = context.get();
    SSL_CTX_set_security_level(ctx, 0);
    SSL_CTX_set_min_proto_version(ctx, minimum);
    SSL_CTX_set_max_proto_version(ctx, maximum);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), root.certificate()->x509());
    X509_VERIFY_PARAM_set_time(SSL_CTX_get0_param(ctx), noon().time_since_epoch().count());
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, nullptr);
    return context;
}

ContextPtr server_context(const OriginOptions& options) {
    return ContextPtr(make_origin_context(options));
}

void pump(tls::Session& session, Peer& peer, std::size_t piece, std::string* plaintext) {
    std::array<std::uint8_t, 32 * 1024> buffer;
    const auto keep = [&](std::size_t size) {
        if (plaintext) *plaintext += as_text(ByteView(buffer).first(size));
        return size;
    };
    session.advance();
    for (bool moved = true; moved;) {
        moved = false;
        while (!session.output().empty()) {
            const ByteView bytes = session.output().first(std::min(piece, session.output().size()));
            peer.feed(bytes);
            session.consume_output(bytes.size());
            peer.step();
            moved = true;
        }
        peer.step();
        const Bytes bytes = peer.take_output();
        for (std::size_t at = 0; at < bytes.size(); at += piece) {
            keep(session.receive(ByteView(bytes).subspan(at, std::min(piece, bytes.size() - at)), buffer));
            while (keep(session.read(buffer)) > 0) {
            }
            moved = true;
        }
    }
}

certs::Verdict accepted() {
    certs::Verdict verdict;
    verdict.decision = certs::Decision::accepted;
    return verdict;
}

certs::Verdict refused(certs::Reason reason, const std::string& detail) {
    certs::Verdict verdict;
    verdict.failure = {reason, 0, detail};
    return verdict;
}

certs::MintedCertificate minted(const Identity& leaf, std::vector<certs::CertificatePtr> chain) {
    return {leaf.certificate(), leaf.key(), std::move(chain), noon() + std::chrono::days(60)};
}

}  // namespace chainmend::test
