#pragma once

#include "config/result.h"
#include "tls/minimum_version.h"

typedef struct ssl_ctx_st SSL_CTX;  // libssl's

namespace chainmend::tls {

enum class Side { client, server };

/// An SSL_CTX with everything that both sides have in common: versions, cipher suites, groups, signature
/// algorithms, no compression, no renegotiation, no early data, no session cache. Nothing is left to
/// openssl.cnf, which a machine's administrator may have bent for other programs. The caller owns it.
Result<SSL_CTX*> make_ssl_ctx(Side side, MinimumVersion minimum);

}  // namespace chainmend::tls
