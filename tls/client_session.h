#pragma once

#include <memory>
#include <string>
#include <vector>

#include "certs/mint.h"
#include "config/result.h"
#include "tls/client_hello.h"
#include "tls/minimum_version.h"
#include "tls/session.h"

typedef struct ssl_ctx_st SSL_CTX;  // libssl's

namespace chainmend::tls {

/// What all client-side handshakes of one setting share. Thread-safe once made. Its ticket keys are its own:
/// sessions made under one context never resume under another.
class ClientContext {
  public:
    static Result<std::unique_ptr<ClientContext>> make(MinimumVersion minimum);
    ~ClientContext();
    ClientContext(const ClientContext&) = delete;
    ClientContext& operator=(const ClientContext&) = delete;
    SSL_CTX* ssl_ctx() const { return context_; }

  private:
    explicit ClientContext(SSL_CTX* context) : context_(context) {}
    SSL_CTX* context_;
};

/// The TLS server towards the client inside a CONNECT tunnel. Its handshake suspends at the ClientHello,
/// before anything is answered, and goes on with a minted certificate.
class ClientSession final : public Session {
  public:
    /// `tunnel_host` binds session tickets: one made in a tunnel to host A does not resume in a tunnel to B.
    static Result<std::unique_ptr<ClientSession>> make(const ClientContext& context,
                                                       const std::string& tunnel_host);
    ~ClientSession() override;

    /// Once state() is suspended. It stays available afterwards.
    const ClientHello& client_hello() const { return hello_; }
    /// Ends the suspension; the caller then pumps advance() and output(). `protocol` is what the upstream
    /// agreed on by ALPN, empty for none. A client that offers it gets it; with none agreed no ALPN is
    /// answered, as the origin did; a client that offers only others, or that offers nothing while anything
    /// but "http/1.1" was agreed, gets the alert no_application_protocol. The first answer is final.
    void present(const certs::MintedCertificate& minted, const std::string& protocol);
    /// Ends the suspension with a fatal alert, by default access_denied (RFC 8446 section 6.2).
    void refuse(int alert = 49);

  private:
    struct Answer;
    friend struct ClientCallbacks;

    explicit ClientSession(SSL* ssl);
    int suspension() const override;

    ClientHello hello_;
    std::unique_ptr<Answer> answer_;
};

}  // namespace chainmend::tls
