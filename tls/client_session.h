#pragma once

#include <memory>
#include <string>
#include <vector>

#include "certs/mint.h"
#include "config/result.h"
#include "tls/session.h"
#include "tls/upstream_session.h"

namespace chainmend::tls {

/// What a client says of itself in its first flight.
struct ClientHello {
    std::string server_name;             ///< SNI host_name as sent, empty when absent; not validated, may hold anything
    std::vector<std::string> protocols;  ///< ALPN in its order
    bool accepts_ecdsa = false;          ///< P-256 certificates are fine with it (signature_algorithms or ciphers)
    int highest_version = 0;             ///< 0x0304 for TLS 1.3
};

/// What all client-side handshakes of one setting share. Thread-safe once made.
class ClientContext {
  public:
    static Result<std::unique_ptr<ClientContext>> make(MinimumVersion minimum);
    ~ClientContext();
    SSL_CTX* ssl_ctx() const { return context_; }

  private:
    explicit ClientContext(SSL_CTX* context) : context_(context) {}
    SSL_CTX* context_;
};

/// The TLS server towards the client inside a CONNECT tunnel. Its handshake suspends at the ClientHello, before
/// anything is answered, and goes on with a minted certificate.
class ClientSession final : public Session {
  public:
    /// `tunnel_host` binds session tickets: one made in a tunnel to host A does not resume in a tunnel to B.
    static Result<std::unique_ptr<ClientSession>> make(const ClientContext& context, const std::string& tunnel_host);
    ~ClientSession() override;

    /// Once state() is suspended.
    const ClientHello& client_hello() const { return hello_; }
    /// Ends the suspension. `protocol` is what the upstream agreed on by ALPN, empty for none: it is selected if the
    /// client offers it; if the client offers only others the handshake ends with no_application_protocol.
    void present(const certs::MintedCertificate& minted, const std::string& protocol);

  private:
    explicit ClientSession(SSL* ssl);
    bool is_suspension(int ssl_error) const override;

    ClientHello hello_;
    struct Presentation;
    std::unique_ptr<Presentation> presentation_;
};

}  // namespace chainmend::tls
