#include "tls/failure.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace chainmend::tls {
namespace {

FailureKind kind_of(int ssl_reason, bool in_handshake) {
    if (ssl_reason > SSL_AD_REASON_OFFSET) return FailureKind::alert;
    switch (ssl_reason) {
        case SSL_R_UNEXPECTED_EOF_WHILE_READING:
            return in_handshake ? FailureKind::closed : FailureKind::truncated;
        case SSL_R_UNSUPPORTED_PROTOCOL:
        case SSL_R_NO_PROTOCOLS_AVAILABLE:
        case SSL_R_VERSION_TOO_LOW:
        case SSL_R_VERSION_TOO_HIGH:
        case SSL_R_WRONG_SSL_VERSION:
        case SSL_R_WRONG_VERSION_NUMBER:
            return FailureKind::version;
        case SSL_R_NO_SHARED_CIPHER:
        case SSL_R_NO_SHARED_GROUPS:
        case SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS:
        case SSL_R_NO_SUITABLE_GROUPS:
        case SSL_R_NO_SUITABLE_KEY_SHARE:
        case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
        case SSL_R_NO_APPLICATION_PROTOCOL:
        case SSL_R_WRONG_CIPHER_RETURNED:
        case SSL_R_UNKNOWN_CIPHER_RETURNED:
        case SSL_R_WRONG_CURVE:
        case SSL_R_WRONG_SIGNATURE_TYPE:
        case SSL_R_DH_KEY_TOO_SMALL:
            return FailureKind::parameters;
        default:
            return FailureKind::protocol;
    }
}

/// RFC 8446 section 6. libssl 3.0 has no names for some of them.
std::string name_of_alert(int alert) {
    switch (alert) {
        case 86:
            return "inappropriate fallback";
        case 109:
            return "missing extension";
        case 116:
            return "certificate required";
        default:
            return SSL_alert_desc_string_long(alert);
    }
}

/// libssl stopped in the middle of the server's Certificate message.
bool stopped_at_certificate(SSL* ssl) {
    return !SSL_is_server(ssl) && SSL_get_state(ssl) == TLS_ST_CR_CERT;
}

}  // namespace

const char* to_string(FailureKind kind) {
    switch (kind) {
        case FailureKind::none:
            return "none";
        case FailureKind::not_tls:
            return "not_tls";
        case FailureKind::closed:
            return "closed";
        case FailureKind::truncated:
            return "truncated";
        case FailureKind::alert:
            return "alert";
        case FailureKind::version:
            return "version";
        case FailureKind::parameters:
            return "parameters";
        case FailureKind::malformed_certificate:
            return "malformed_certificate";
        case FailureKind::refused:
            return "refused";
        case FailureKind::protocol:
            return "protocol";
    }
    return "protocol";
}

Failure libssl_failure(SSL* ssl, int ssl_error, bool in_handshake) {
    const unsigned long first =
        ERR_peek_error();  // the earliest is the cause, the others say where it passed through
    const bool of_libssl = ERR_GET_LIB(first) == ERR_LIB_SSL;
    const int reason = ERR_GET_REASON(first);
    const char* said = first ? ERR_reason_error_string(first) : nullptr;
    const std::string text = said ? said : "unknown error";
    ERR_clear_error();

    if (ssl_error == SSL_ERROR_ZERO_RETURN || (ssl_error == SSL_ERROR_SYSCALL && !first)) {
        return {FailureKind::closed, "the peer closed the connection during the handshake"};
    }
    const FailureKind kind = of_libssl ? kind_of(reason, in_handshake) : FailureKind::protocol;
    switch (kind) {
        case FailureKind::alert: {
            const int alert = reason - SSL_AD_REASON_OFFSET;
            return {kind, "alert from the peer: " + name_of_alert(alert), alert};
        }
        case FailureKind::closed:
            return {kind, "the peer closed the connection during the handshake"};
        case FailureKind::truncated:
            return {kind, "the stream ended without close_notify"};
        case FailureKind::protocol:
            if (!of_libssl && in_handshake && stopped_at_certificate(ssl)) {
                return {FailureKind::malformed_certificate,
                        "a certificate of the server does not decode: " + text};
            }
            return {kind, text};
        default:
            return {kind, text};
    }
}

std::string printable(std::string_view text, std::size_t size) {
    std::string clean(text.substr(0, size));
    for (char& c : clean) {
        if (c < 0x20 || c > 0x7e || c == '"' || c == '\\') c = '.';
    }
    return clean;
}

bool looks_like_tls(std::string_view beginning) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(beginning[i]); };
    if (!beginning.empty() && (byte(0) < SSL3_RT_CHANGE_CIPHER_SPEC || byte(0) > SSL3_RT_APPLICATION_DATA))
        return false;
    return beginning.size() < 2 || byte(1) == SSL3_VERSION_MAJOR;
}

}  // namespace chainmend::tls
