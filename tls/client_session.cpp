#include "tls/client_session.h"

#include <openssl/err.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <optional>

#include "tls/context.h"

namespace chainmend::tls {

/// What the owner answered to the ClientHello.
struct ClientSession::Answer {
    std::string protocol;           // ALPN; empty for none
    std::optional<int> alert = {};  // set: refuse
};

namespace {

ClientSession* session_of(SSL* ssl) {
    return static_cast<ClientSession*>(static_cast<Session*>(SSL_get_app_data(ssl)));
}

bool offers(const ClientHello& hello, const std::string& protocol) {
    return std::find(hello.protocols.begin(), hello.protocols.end(), protocol) != hello.protocols.end();
}

/// HTTP/1.1 is what is spoken where ALPN is not (RFC 9113 section 3.3), so a client without ALPN can have
/// that; any other protocol needs its word.
bool can_speak(const ClientHello& hello, const std::string& protocol) {
    if (protocol.empty() || offers(hello, protocol)) return true;
    return hello.protocols.empty() && protocol == "http/1.1";
}

}  // namespace

/// What libssl calls back. No exception leaves these.
struct ClientCallbacks {
    /// Called for each ClientHello (there are two after a HelloRetryRequest) and again after a suspension.
    static int client_hello(SSL* ssl, int* alert, void*) {
        *alert = SSL_AD_INTERNAL_ERROR;
        ClientSession* session = session_of(ssl);
        if (!session) return SSL_CLIENT_HELLO_ERROR;
        try {
            return client_hello(*session, alert);
        } catch (...) {
            session->fail(FailureKind::protocol, "out of memory");
            return SSL_CLIENT_HELLO_ERROR;
        }
    }

    /// Selects exactly the protocol that the owner named, or none.
    static int select_protocol(SSL* ssl, const unsigned char** selected, unsigned char* size,
                               const unsigned char* offered, unsigned offered_size, void*) {
        const ClientSession* session = session_of(ssl);
        if (!session || !session->answer_) return SSL_TLSEXT_ERR_ALERT_FATAL;
        const std::string& wanted = session->answer_->protocol;
        if (wanted.empty()) return SSL_TLSEXT_ERR_NOACK;
        for (unsigned i = 0; i < offered_size && i + offered[i] < offered_size; i += offered[i] + 1U) {
            if (as_text({offered + i + 1, offered[i]}) != wanted) continue;
            *selected = offered + i + 1;
            *size = offered[i];
            return SSL_TLSEXT_ERR_OK;
        }
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    }

  private:
    static int client_hello(ClientSession& session, int* alert) {
        if (!session.answer_) {
            session.hello_ = ClientHello::of(session.ssl());
            return SSL_CLIENT_HELLO_RETRY;
        }
        if (session.answer_->alert) {
            *alert = *session.answer_->alert;
            session.fail(FailureKind::refused, "the client was refused");
            return SSL_CLIENT_HELLO_ERROR;
        }
        if (!can_speak(session.hello_, session.answer_->protocol)) {
            *alert = SSL_AD_NO_APPLICATION_PROTOCOL;
            session.fail(FailureKind::parameters, "the client does not offer \"" + session.answer_->protocol +
                                                      "\", which the server speaks");
            return SSL_CLIENT_HELLO_ERROR;
        }
        return SSL_CLIENT_HELLO_SUCCESS;
    }
};

Result<std::unique_ptr<ClientContext>> ClientContext::make(MinimumVersion minimum) {
    auto made = make_ssl_ctx(Side::server, minimum);
    if (!made) return made.error();
    std::unique_ptr<ClientContext> context(new ClientContext(*made));
    SSL_CTX_set_client_hello_cb(*made, ClientCallbacks::client_hello, nullptr);
    SSL_CTX_set_alpn_select_cb(*made, ClientCallbacks::select_protocol, nullptr);
    SSL_CTX_set_num_tickets(*made, 1);  // each costs 10 to 30 us a side, and a client uses one
    return context;
}

ClientContext::~ClientContext() {
    SSL_CTX_free(context_);
}

Result<std::unique_ptr<ClientSession>> ClientSession::make(const ClientContext& context,
                                                           const std::string& tunnel_host) {
    ERR_clear_error();
    SSL* ssl = SSL_new(context.ssl_ctx());
    if (!ssl) return Error{ErrorCode::environment, "libssl: no session"};
    std::unique_ptr<ClientSession> session(new ClientSession(ssl));
    SSL_set_accept_state(ssl);
    // A ticket resumes only under the session id context that it was made under. That has 32 bytes at most.
    std::uint8_t host_digest[SHA256_DIGEST_LENGTH];
    const ByteView host = as_bytes(tunnel_host);
    SHA256(host.data(), host.size(), host_digest);
    if (SSL_set_session_id_context(ssl, host_digest, sizeof host_digest) != 1) {
        ERR_clear_error();
        return Error{ErrorCode::environment, "libssl: no session id context"};
    }
    return session;
}

ClientSession::ClientSession(SSL* ssl) : Session(ssl) {}

ClientSession::~ClientSession() = default;

int ClientSession::suspension() const {
    return SSL_ERROR_WANT_CLIENT_HELLO_CB;
}

void ClientSession::present(const certs::MintedCertificate& minted, const std::string& protocol) {
    if (state() != State::suspended || answer_) return;
    ERR_clear_error();
    std::unique_ptr<STACK_OF(X509), void (*)(STACK_OF(X509)*)> chain(
        sk_X509_new_null(), [](STACK_OF(X509) * stack) { sk_X509_free(stack); });
    bool done = chain != nullptr;
    for (const auto& issuer : minted.chain)
        done = done && sk_X509_push(chain.get(), issuer->x509()) > 0;
    // Takes references of its own, and checks that key and certificate belong together.
    done = done && SSL_use_cert_and_key(ssl(), minted.certificate->x509(), minted.key->evp_pkey(),
                                        chain.get(), 1) == 1;
    ERR_clear_error();
    answer_ = std::make_unique<Answer>(Answer{protocol});
    if (!done) answer_->alert = SSL_AD_INTERNAL_ERROR;
}

void ClientSession::refuse(int alert) {
    if (state() != State::suspended || answer_) return;
    answer_ = std::make_unique<Answer>(Answer{{}, alert});
}

}  // namespace chainmend::tls
