#pragma once

#include <memory>
#include <string>
#include <vector>

#include "certs/client_credentials.h"
#include "certs/path_builder.h"
#include "certs/reference_identity.h"
#include "certs/verdict.h"
#include "config/result.h"
#include "tls/minimum_version.h"
#include "tls/session.h"
#include "tls/session_tickets.h"

typedef struct ssl_ctx_st SSL_CTX;  // libssl's

namespace chainmend::tls {

/// What all upstream handshakes of one setting share (an SSL_CTX costs 127 us: one a setting, never one a
/// host). Thread-safe once made; sessions hold a reference of their own.
class UpstreamContext {
  public:
    static Result<std::unique_ptr<UpstreamContext>> make(MinimumVersion minimum);
    ~UpstreamContext();
    UpstreamContext(const UpstreamContext&) = delete;
    UpstreamContext& operator=(const UpstreamContext&) = delete;
    SSL_CTX* ssl_ctx() const { return context_; }

  private:
    explicit UpstreamContext(SSL_CTX* context) : context_(context) {}
    SSL_CTX* context_;
};

/// What a handshake has to do with other sessions of the same server.
struct Resumption {
    /// Of a session whose server has been accepted, and whoever offers it holds that verdict for still good:
    /// if the server agrees, the handshake does not suspend. Null: a full handshake.
    TicketPtr ticket = nullptr;
    SessionTicketsPtr tickets = nullptr;  ///< where this session's go; null: nowhere
};

/// The TLS client towards the origin. Its handshake suspends when the server's certificates are there and
/// goes on only with a verdict; without one no application byte is ever sent or received. There is no way to
/// construct one that does not verify; a resumed handshake shows no certificate, and carries the verdict by
/// which its server was accepted.
class UpstreamSession final : public Session {
  public:
    /// `identity` decides SNI (none for IP literals, RFC 6066 section 3). `alpn` in order of preference, may
    /// be empty; each 1 to 255 bytes. A server that selects a protocol that is not in it fails the handshake.
    /// `credentials` (may be null) are shown to a server that asks for a certificate.
    static Result<std::unique_ptr<UpstreamSession>> make(
        const UpstreamContext& context, const certs::ReferenceIdentity& identity,
        const std::vector<std::string>& alpn, const certs::ClientCredentialsPtr& credentials = nullptr,
        Resumption resumption = {});
    ~UpstreamSession() override;

    /// Once state() is suspended: what the server sent. It stays available afterwards. A certificate that
    /// libssl can not decode, wherever it stands, ends the handshake before it suspends:
    /// FailureKind::malformed_certificate.
    const certs::PresentedChain& presented() const;
    /// DER OCSPResponse stapled to the handshake (always asked for, RFC 6066 section 8), empty when none was.
    /// With TLS 1.2 it comes after the verdict: whoever depends on it looks once the session is open and
    /// before passing anything on.
    Bytes stapled_ocsp() const;
    /// Whether stapled_ocsp() is all there will be: from the suspension on with TLS 1.3, where the staple
    /// comes with the certificates, and once the session is open before that.
    bool staple_has_come() const;
    /// The server asked for a client certificate (and got none). Whatever it then ends the session with,
    /// error() says so.
    bool client_certificate_requested() const;
    /// The server has begun to answer in TLS: its ServerHello came. Until then it may speak something else.
    bool server_hello_came() const;
    /// The server was not verified anew: what vouches for it is the verdict of the session that was resumed.
    bool resumed() const;
    /// Ends the suspension. An accepted verdict lets the handshake go on; a refused one makes it send the
    /// alert that fits the reason (certificate_expired, unknown_ca, bad_certificate, ...) and fail with
    /// FailureKind::refused. The caller then pumps advance() and output(). The first verdict is final. Before
    /// the suspension it has no effect.
    void resolve(const certs::Verdict& verdict);

  private:
    struct Verification;
    friend struct UpstreamCallbacks;

    UpstreamSession(SSL* ssl, const std::vector<std::string>& alpn);
    int suspension() const override;
    void handshake_done() override;
    std::string remark() const override;
    bool protocol_was_offered() const;

    std::unique_ptr<Verification> verification_;
};

}  // namespace chainmend::tls
