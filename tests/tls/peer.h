#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <vector>

#include "certs/mint.h"
#include "certs/verdict.h"
#include "tests/support/origin.h"
#include "tests/support/pki.h"
#include "tls/session.h"

namespace chainmend::test {

struct FreeContext {
    void operator()(SSL_CTX* ctx) const { SSL_CTX_free(ctx); }
};
using ContextPtr = std::unique_ptr<SSL_CTX, FreeContext>;

/// The other end of a session under test: plain libssl over memory, without a line of ours.
class Peer {
  public:
    Peer(SSL_CTX* context, bool server);
    ~Peer();
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;

    SSL* ssl() const { return ssl_; }
    void feed(ByteView ciphertext);
    void feed_end();
    Bytes take_output();
    /// Handshakes and reads as far as it goes.
    void step();
    void write(std::string_view plaintext);
    void close() { SSL_shutdown(ssl_); }

    bool open() const { return open_; }
    const std::string& received() const { return received_; }
    bool close_notify() const { return close_notify_; }
    /// libssl's reason for the failure: "sslv3 alert certificate expired" when that alert came in.
    const std::string& error() const { return error_; }

  private:
    SSL* ssl_;
    bool open_ = false;
    bool close_notify_ = false;
    std::string received_;
    std::string error_;
};

/// A client's context that trusts `root`, at noon().
ContextPtr client_context(const Identity& root, int minimum = 0, int maximum = 0);
/// A server's context.
ContextPtr server_context(const OriginOptions& options);

/// Carries ciphertext both ways, at most `piece` bytes at once, until nothing moves any more; what the
/// session decrypts goes to `plaintext`. Handshakes that suspend stay suspended.
void pump(tls::Session& session, Peer& peer, std::size_t piece = 1 << 20, std::string* plaintext = nullptr);

certs::Verdict accepted();
certs::Verdict refused(certs::Reason reason, const std::string& detail = "for a test");
/// `leaf` as a minted certificate.
certs::MintedCertificate minted(const Identity& leaf, std::vector<certs::CertificatePtr> chain = {});

}  // namespace chainmend::test
