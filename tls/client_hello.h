#pragma once

#include <string>
#include <vector>

typedef struct ssl_st SSL;  // libssl's

namespace chainmend::tls {

/// What a client says of itself in its first flight (RFC 8446 section 4.1.2).
struct ClientHello {
    std::string server_name;  ///< SNI host_name as sent, empty when absent; not validated, may hold anything
    std::vector<std::string> protocols;  ///< ALPN in its order; not validated either
    bool accepts_ecdsa =
        false;                ///< P-256 certificates are fine with it (signature_algorithms, groups, ciphers)
    int highest_version = 0;  ///< 0x0304 for TLS 1.3

    /// Reads the ClientHello that `ssl` is processing; only inside libssl's client hello callback. Extensions
    /// that do not parse count as absent: libssl refuses them with the right alert afterwards.
    static ClientHello of(SSL* ssl);
};

}  // namespace chainmend::tls
