#pragma once

#include <string>
#include <string_view>

typedef struct ssl_st SSL;  // libssl's

namespace chainmend::tls {

/// What ended a session, in terms of what can be said and done about it.
enum class FailureKind {
    none,
    not_tls,                ///< the peer speaks something else; the text quotes how it began
    closed,                 ///< the stream ended during the handshake
    truncated,              ///< the stream ended without close_notify (RFC 8446 section 6.1)
    alert,                  ///< the peer sent a fatal alert
    version,                ///< no protocol version in common
    parameters,             ///< no cipher suite, group, signature algorithm or ALPN protocol in common
    malformed_certificate,  ///< a certificate in the handshake does not decode:
                            ///< certs::Reason::malformed_certificate
    refused,                ///< our owner ended it: a refused verdict, a refused client
    protocol,               ///< any other breach of the protocol, or an error inside libssl
};
/// "not_tls", "closed", ...
const char* to_string(FailureKind kind);

struct Failure {
    FailureKind kind = FailureKind::none;
    std::string text;    ///< printable ASCII, one line
    int peer_alert = 0;  ///< the alert the peer sent (RFC 8446 section 6), 0 when none
};

/// What libssl's error queue says about the call on `ssl` that ended with `ssl_error` (of SSL_get_error).
/// Empties the queue.
Failure libssl_failure(SSL* ssl, int ssl_error, bool in_handshake);

/// `text` with everything but printable ASCII, and double quotes and backslashes, replaced by "." and cut to
/// `size`.
std::string printable(std::string_view text, std::size_t size);

/// The first bytes of a stream look like a TLS record (RFC 8446 section 5.1), or there are too few to say
/// otherwise.
bool looks_like_tls(std::string_view beginning);

}  // namespace chainmend::tls
