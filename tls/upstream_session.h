#pragma once

#include <memory>
#include <string>
#include <vector>

#include "certs/path_builder.h"
#include "certs/reference_identity.h"
#include "certs/verdict.h"
#include "config/result.h"
#include "tls/session.h"

typedef struct ssl_ctx_st SSL_CTX;  // libssl's

namespace chainmend::tls {

enum class MinimumVersion { tls1_0, tls1_1, tls1_2, tls1_3 };

/// What all upstream handshakes of one setting share (an SSL_CTX costs 127 us: one a setting, never one a host).
/// Thread-safe once made.
class UpstreamContext {
  public:
    static Result<std::unique_ptr<UpstreamContext>> make(MinimumVersion minimum);
    ~UpstreamContext();
    SSL_CTX* ssl_ctx() const { return context_; }

  private:
    explicit UpstreamContext(SSL_CTX* context) : context_(context) {}
    SSL_CTX* context_;
};

/// The TLS client towards the origin. Its handshake suspends when the server's certificates are there and goes on
/// only with a verdict; without one no application byte is ever sent or received. There is no way to construct one
/// that does not verify.
class UpstreamSession final : public Session {
  public:
    /// `identity` decides SNI (none for IP literals, RFC 6066 section 3). `alpn` in order of preference, may be empty.
    static Result<std::unique_ptr<UpstreamSession>> make(const UpstreamContext& context,
                                                         const certs::ReferenceIdentity& identity,
                                                         const std::vector<std::string>& alpn);
    ~UpstreamSession() override;

    /// Once state() is suspended: what the server sent.
    certs::PresentedChain presented() const;
    /// DER OCSPResponse stapled to the handshake, empty when none was (yet: with TLS 1.2 it comes after the verdict).
    Bytes stapled_ocsp() const;
    /// Ends the suspension. An accepted verdict lets the handshake go on; a refused one makes it send the alert that fits
    /// the reason (certificate_expired, unknown_ca, bad_certificate, ...) and fail. The caller then pumps advance() and output().
    void resolve(const certs::Verdict& verdict);

  private:
    explicit UpstreamSession(SSL* ssl);
    bool is_suspension(int ssl_error) const override;
    // ... private parts belong to the implementation
    struct Verification;
    std::unique_ptr<Verification> verification_;
};

}  // namespace chainmend::tls
