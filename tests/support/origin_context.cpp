#include "tests/support/origin_context.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace chainmend::test {
namespace {

void require(bool ok, const char* what) {
    if (ok) return;
    std::fprintf(stderr, "Origin: %s: %s\n", what, take_libssl_error().c_str());
    std::abort();
}

int select_protocol(SSL*, const unsigned char** selected, unsigned char* size, const unsigned char* offered,
                    unsigned offered_size, void* argument) {
    const auto& options = *static_cast<const OriginOptions*>(argument);
    for (const std::string& wanted : options.alpn) {
        for (unsigned i = 0; i < offered_size; i += offered[i] + 1U) {
            if (as_text({offered + i + 1, offered[i]}) != wanted) continue;
            *selected = offered + i + 1;
            *size = offered[i];
            return SSL_TLSEXT_ERR_OK;
        }
    }
    return options.refuse_other_alpn ? SSL_TLSEXT_ERR_ALERT_FATAL : SSL_TLSEXT_ERR_NOACK;
}

int staple(SSL* ssl, void* argument) {
    const Bytes& response = static_cast<const OriginOptions*>(argument)->staple;
    auto* copy = static_cast<unsigned char*>(OPENSSL_malloc(response.size()));  // libssl frees it
    std::memcpy(copy, response.data(), response.size());
    SSL_set_tlsext_status_ocsp_resp(ssl, copy, static_cast<long>(response.size()));
    return SSL_TLSEXT_ERR_OK;
}

int accept_any_client(X509_STORE_CTX*, void*) {
    return 1;
}

}  // namespace

SSL_CTX* make_origin_context(const OriginOptions& options) {
    auto* argument = const_cast<OriginOptions*>(&options);
    SSL_CTX* ctx = SSL_CTX_new(TLS_server_method());
    require(ctx != nullptr, "SSL_CTX_new");
    SSL_CTX_set_security_level(ctx, 0);  // an origin may be as bad as the test wants
    require(SSL_CTX_set_min_proto_version(ctx, options.minimum_version) == 1, "minimum version");
    require(SSL_CTX_set_max_proto_version(ctx, options.maximum_version) == 1, "maximum version");
    if (!options.cipher_list.empty()) {
        require(SSL_CTX_set_cipher_list(ctx, (options.cipher_list + ":@SECLEVEL=0").c_str()) == 1,
                "cipher list");
    }
    if (options.certificate) {
        require(SSL_CTX_use_certificate(ctx, options.certificate->x509()) == 1, "certificate");
        require(SSL_CTX_use_PrivateKey(ctx, options.key->evp_pkey()) == 1, "key");
        SSL_CTX_set_mode(ctx, SSL_MODE_NO_AUTO_CHAIN);
        for (const auto& issuer : options.chain)
            require(SSL_CTX_add1_chain_cert(ctx, issuer->x509()) == 1, "chain");
    }
    if (!options.signature_algorithms.empty()) {
        std::string algorithms = options.signature_algorithms;  // OpenSSL's macro takes it as char*
        require(SSL_CTX_set1_sigalgs_list(ctx, algorithms.data()) == 1, "signature algorithms");
    }
    if (!options.alpn.empty()) SSL_CTX_set_alpn_select_cb(ctx, select_protocol, argument);
    if (!options.staple.empty()) {
        // What SSL_CTX_set_tlsext_status_cb is, without its C cast.
        SSL_CTX_callback_ctrl(ctx, SSL_CTRL_SET_TLSEXT_STATUS_REQ_CB, reinterpret_cast<void (*)()>(staple));
        SSL_CTX_set_tlsext_status_arg(ctx, argument);
    }
    if (options.request_client_certificate || options.require_client_certificate) {
        const int require_one = options.require_client_certificate ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0;
        SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | require_one, nullptr);
        SSL_CTX_set_cert_verify_callback(ctx, accept_any_client, nullptr);
        SSL_CTX_set_session_id_context(ctx, reinterpret_cast<const unsigned char*>("origin"), 6);
    }
    return ctx;
}

std::string take_libssl_error() {
    const char* reason = ERR_reason_error_string(ERR_peek_error());
    const std::string text = reason ? reason : "";
    ERR_clear_error();
    return text;
}

}  // namespace chainmend::test
