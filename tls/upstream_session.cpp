#include "tls/upstream_session.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <optional>

#include "tls/context.h"

namespace chainmend::tls {

struct UpstreamSession::Verification {
    std::vector<std::string> offered;  // ALPN
    std::optional<certs::PresentedChain> presented;
    std::optional<certs::Failure> verdict;  // reason ok: accepted
    bool client_certificate_requested = false;
    Resumption resumption = {};
};

namespace {

/// The X.509 error from which libssl makes the alert that fits (RFC 8446 section 6.2).
int verify_error(certs::Reason reason) {
    using enum certs::Reason;
    switch (reason) {
        case ok:
            return X509_V_OK;
        case expired:
            return X509_V_ERR_CERT_HAS_EXPIRED;  // certificate_expired
        case revoked:
            return X509_V_ERR_CERT_REVOKED;  // certificate_revoked
        case issuer_not_found:
        case fetch_limit:
        case fetch_blocked:
        case build_limit:
            return X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY;  // unknown_ca
        case untrusted_root:
        case not_a_ca:
        case path_length:
        case max_depth:
            return X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN;  // unknown_ca
        case bad_eku:
        case bad_key_usage:
        case unknown_critical_extension:
            return X509_V_ERR_INVALID_PURPOSE;  // unsupported_certificate
        case policy:
            return X509_V_ERR_APPLICATION_VERIFICATION;  // handshake_failure
        default:
            return X509_V_ERR_CERT_REJECTED;  // bad_certificate
    }
}

UpstreamSession* session_of(SSL* ssl) {
    return static_cast<UpstreamSession*>(static_cast<Session*>(SSL_get_app_data(ssl)));
}

certs::PresentedChain presented_by(const X509_STORE_CTX* store) {
    certs::PresentedChain chain;
    STACK_OF(X509)* sent = X509_STORE_CTX_get0_untrusted(store);  // the end entity certificate is its first
    for (int i = 0; i < sk_X509_num(sent); ++i) {
        chain.certificates.push_back(certs::Certificate::from_x509(sk_X509_value(sent, i)));
    }
    return chain;
}

/// SSL_set_tlsext_host_name without its C casts. libssl copies the name.
bool set_server_name(SSL* ssl, const std::string& name) {
    return SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                    const_cast<char*>(name.c_str())) == 1;
}

/// On this session alone: another host's session never has them.
bool set_credentials(SSL* ssl, const certs::ClientCredentials& credentials) {
    std::unique_ptr<STACK_OF(X509), void (*)(STACK_OF(X509)*)> chain(
        sk_X509_new_null(), [](STACK_OF(X509) * stack) { sk_X509_free(stack); });
    bool done = chain != nullptr;
    for (const auto& issuer : credentials.chain)
        done = done && sk_X509_push(chain.get(), issuer->x509()) > 0;
    return done && SSL_use_cert_and_key(ssl, credentials.certificate->x509(), credentials.key->evp_pkey(),
                                        chain.get(), 1) == 1;
}

std::string selected_protocol(const SSL* ssl) {
    const unsigned char* bytes = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(ssl, &bytes, &size);
    return std::string(as_text({bytes, size}));
}

}  // namespace

/// What libssl calls back. No exception leaves these.
struct UpstreamCallbacks {
    /// Called by libssl when the server's certificates are there, and again after each suspension. Anything
    /// unforeseen refuses.
    static int verify(X509_STORE_CTX* store, void*) {
        SSL* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
        UpstreamSession* session = ssl ? session_of(ssl) : nullptr;
        X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
        if (!session) return 0;
        try {
            return verify(*session, store);
        } catch (...) {
            session->fail(FailureKind::protocol, "out of memory");
            return 0;
        }
    }

    /// A ticket has come: 0, libssl keeps what it has handed over. It is copied, since libssl marks its own
    /// as not to be resumed when the connection ends without a close_notify.
    static int keep_ticket(SSL* ssl, SSL_SESSION* ticket) {
        UpstreamSession* session = session_of(ssl);
        if (!session || !session->verification_->resumption.tickets || !SSL_SESSION_is_resumable(ticket))
            return 0;
        if (TicketPtr copy{SSL_SESSION_dup(ticket), SSL_SESSION_free})
            session->verification_->resumption.tickets->add(std::move(copy));
        return 0;
    }

    static int request_certificate(SSL* ssl, X509**, EVP_PKEY**) {
        if (UpstreamSession* session = session_of(ssl))
            session->verification_->client_certificate_requested = true;
        return 0;  // none
    }

  private:
    static int verify(UpstreamSession& session, X509_STORE_CTX* store) {
        auto& verification = *session.verification_;
        if (session.state() != Session::State::handshaking && session.state() != Session::State::suspended)
            return 0;
        if (!session.protocol_was_offered()) {
            session.fail(FailureKind::parameters,
                         "the server chose an ALPN protocol that it was not offered");
            return 0;
        }
        if (!verification.verdict) {
            if (!verification.presented) verification.presented = presented_by(store);
            return SSL_set_retry_verify(session.ssl());  // 1: suspends; 0: can not wait, so it refuses
        }
        const certs::Failure& verdict = *verification.verdict;
        X509_STORE_CTX_set_error(store, verify_error(verdict.reason));
        if (verdict.reason == certs::Reason::ok) return 1;
        session.fail(FailureKind::refused, std::string(to_string(verdict.reason)) + ": " + verdict.detail);
        return 0;
    }
};

Result<std::unique_ptr<UpstreamContext>> UpstreamContext::make(MinimumVersion minimum) {
    auto made = make_ssl_ctx(Side::client, minimum);
    if (!made) return made.error();
    std::unique_ptr<UpstreamContext> context(new UpstreamContext(*made));
    SSL_CTX_set_verify(*made, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_cert_verify_callback(*made, UpstreamCallbacks::verify, nullptr);
    SSL_CTX_set_client_cert_cb(*made, UpstreamCallbacks::request_certificate);
    SSL_CTX_set_session_cache_mode(*made, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(*made, UpstreamCallbacks::keep_ticket);
    SSL_CTX_set_tlsext_status_type(*made, TLSEXT_STATUSTYPE_ocsp);
    return context;
}

UpstreamContext::~UpstreamContext() {
    SSL_CTX_free(context_);
}

Result<std::unique_ptr<UpstreamSession>> UpstreamSession::make(const UpstreamContext& context,
                                                               const certs::ReferenceIdentity& identity,
                                                               const std::vector<std::string>& alpn,
                                                               const certs::ClientCredentialsPtr& credentials,
                                                               Resumption resumption) {
    std::string list;
    for (const std::string& protocol : alpn) {
        if (protocol.empty() || protocol.size() > 255) {
            return Error{ErrorCode::invalid_argument, "an ALPN protocol name has 1 to 255 bytes"};
        }
        list += static_cast<char>(protocol.size());
        list += protocol;
    }
    ERR_clear_error();
    SSL* ssl = SSL_new(context.ssl_ctx());
    if (!ssl) return Error{ErrorCode::environment, "libssl: no session"};
    std::unique_ptr<UpstreamSession> session(new UpstreamSession(ssl, alpn));
    SSL_set_connect_state(ssl);
    const ByteView bytes = as_bytes(list);
    const bool by_name = identity.kind() == certs::ReferenceIdentity::Kind::dns;
    // SSL_set_alpn_protos returns 0 for success.
    if ((by_name && !set_server_name(ssl, identity.text())) ||
        (!list.empty() && SSL_set_alpn_protos(ssl, bytes.data(), static_cast<unsigned>(bytes.size())) != 0)) {
        ERR_clear_error();
        return Error{ErrorCode::invalid_argument,
                     "libssl does not take the server name or the ALPN protocols"};
    }
    if (credentials && !set_credentials(ssl, *credentials)) {
        ERR_clear_error();
        return Error{ErrorCode::invalid_argument, "libssl does not take the client certificate"};
    }
    if (resumption.ticket && SSL_set_session(ssl, resumption.ticket.get()) != 1) {
        ERR_clear_error();
        resumption.ticket.reset();  // not one for this context: a full handshake then
    }
    session->verification_->resumption = std::move(resumption);
    return session;
}

UpstreamSession::UpstreamSession(SSL* ssl, const std::vector<std::string>& alpn)
    : Session(ssl), verification_(new Verification{alpn, {}, {}, false, {}}) {}

UpstreamSession::~UpstreamSession() = default;

int UpstreamSession::suspension() const {
    return SSL_ERROR_WANT_RETRY_VERIFY;
}

bool UpstreamSession::protocol_was_offered() const {
    const std::string selected = selected_protocol(ssl());
    const auto& offered = verification_->offered;
    return selected.empty() || std::find(offered.begin(), offered.end(), selected) != offered.end();
}

void UpstreamSession::handshake_done() {
    // None of these can happen. If one ever does, nothing flows.
    const auto& verdict = verification_->verdict;
    if (resumed()) {
        if (!verification_->resumption.ticket) fail(FailureKind::protocol, "an unexpected resumption");
        if (verification_->presented) fail(FailureKind::protocol, "a resumption with certificates");
    } else if (!verdict || verdict->reason != certs::Reason::ok) {
        fail(FailureKind::protocol, "the server was not verified");
    }
    if (!protocol_was_offered()) fail(FailureKind::parameters, "an ALPN protocol that was not offered");
}

const certs::PresentedChain& UpstreamSession::presented() const {
    static const certs::PresentedChain nothing;
    return verification_->presented ? *verification_->presented : nothing;
}

Bytes UpstreamSession::stapled_ocsp() const {
    const unsigned char* response = nullptr;
    const long size = SSL_get_tlsext_status_ocsp_resp(ssl(), &response);
    return size > 0 ? Bytes(response, response + size) : Bytes();
}

bool UpstreamSession::staple_has_come() const {
    if (state() == State::suspended) return SSL_version(ssl()) >= TLS1_3_VERSION;
    return state() != State::handshaking;
}

bool UpstreamSession::resumed() const {
    return SSL_session_reused(ssl()) == 1;
}

bool UpstreamSession::client_certificate_requested() const {
    return verification_->client_certificate_requested;
}

// With TLS 1.3 a server says only after the handshake that it wanted one.
std::string UpstreamSession::remark() const {
    return client_certificate_requested() ? "it asked for a client certificate" : "";
}

// What libssl does not take for one leaves it where it waits for one.
bool UpstreamSession::server_hello_came() const {
    const auto at = SSL_get_state(ssl());
    return at != TLS_ST_BEFORE && at != TLS_ST_CW_CLNT_HELLO;
}

void UpstreamSession::resolve(const certs::Verdict& verdict) {
    if (state() != State::suspended || verification_->verdict) return;
    certs::Failure failure = verdict.failure;
    // The decision rules. A refusal without a reason is still one.
    if (verdict.accepted()) failure.reason = certs::Reason::ok;
    if (!verdict.accepted() && failure.reason == certs::Reason::ok) failure.reason = certs::Reason::policy;
    verification_->verdict = std::move(failure);
}

}  // namespace chainmend::tls
