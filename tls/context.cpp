#include "tls/context.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <memory>
#include <string>

namespace chainmend::tls {
namespace {

// Forward secrecy and AEAD only (RFC 9325 section 4.2). AES-128-GCM first: 2 to 5 % less CPU than AES-256 in
// the relay.
constexpr char suites_1_3[] = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
constexpr char suites_1_2[] =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
// What TLS 1.0 and 1.1 have at best. Their handshake signatures use SHA-1, which OpenSSL allows at level 0
// only.
constexpr char suites_1_0[] =
    ":ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA:ECDHE-RSA-AES256-SHA";
// Clients from before elliptic curves encrypt to the key of the certificate. To servers this is never
// offered: what such a one has decided can be read later by whoever gets its key.
constexpr char suites_without_curves[] = ":AES128-SHA:AES256-SHA";
constexpr char no_floor[] = "@SECLEVEL=0";
constexpr char suites_floor[] = "@SECLEVEL=2";  // 112 bits

// A key share is sent for the first one only.
constexpr char groups[] = "X25519:P-256:P-384:P-521";

constexpr char signature_algorithms[] =
    "ECDSA+SHA256:RSA-PSS+SHA256:RSA+SHA256:ECDSA+SHA384:RSA-PSS+SHA384:RSA+SHA384:ECDSA+SHA512:RSA-PSS+"
    "SHA512:"
    "RSA+SHA512:ed25519:ed448:rsa_pss_pss_sha256:rsa_pss_pss_sha384:rsa_pss_pss_sha512";
constexpr char signature_algorithms_1_0[] = ":ECDSA+SHA1:RSA+SHA1";

// Middlebox compatibility is RFC 8446 appendix D.4. A client's preference for ChaCha20 means that it has no
// AES instructions.
constexpr std::uint64_t options_both =
    SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_ENABLE_MIDDLEBOX_COMPAT;
constexpr std::uint64_t options_server = SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA;

int version_number(MinimumVersion minimum) {
    switch (minimum) {
        case MinimumVersion::tls1_0:
            return TLS1_VERSION;
        case MinimumVersion::tls1_1:
            return TLS1_1_VERSION;
        case MinimumVersion::tls1_2:
            return TLS1_2_VERSION;
        case MinimumVersion::tls1_3:
            return TLS1_3_VERSION;
    }
    return TLS1_3_VERSION;
}

Error libssl_error() {
    const char* reason = ERR_reason_error_string(ERR_peek_error());
    const Error error{ErrorCode::environment, std::string("libssl: ") + (reason ? reason : "unknown error")};
    ERR_clear_error();
    return error;
}

}  // namespace

Result<SSL_CTX*> make_ssl_ctx(Side side, MinimumVersion minimum) {
    ERR_clear_error();
    const bool old = minimum < MinimumVersion::tls1_2;
    const std::string older =
        std::string(suites_1_0) + (side == Side::server ? suites_without_curves : "") + no_floor;
    const std::string suites = suites_1_2 + (old ? older : std::string(suites_floor));
    // Not const: OpenSSL's macros take them as char*, though they only read them.
    std::string curves = groups;
    std::string algorithms = std::string(signature_algorithms) + (old ? signature_algorithms_1_0 : "");

    const SSL_METHOD* method = side == Side::client ? TLS_client_method() : TLS_server_method();
    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(method), SSL_CTX_free);
    SSL_CTX* ctx = context.get();
    if (!ctx) return libssl_error();
    SSL_CTX_clear_options(ctx, SSL_CTX_get_options(ctx));
    SSL_CTX_set_options(ctx, options_both | (side == Side::client ? 0 : options_server));
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_quiet_shutdown(ctx, 0);
    SSL_CTX_set_max_early_data(ctx, 0);
    SSL_CTX_set_recv_max_early_data(ctx, 0);
    const bool done =
        SSL_CTX_set_min_proto_version(ctx, version_number(minimum)) &&
        SSL_CTX_set_max_proto_version(ctx, TLS1_3_VERSION) && SSL_CTX_set_cipher_list(ctx, suites.c_str()) &&
        SSL_CTX_set_ciphersuites(ctx, suites_1_3) && SSL_CTX_set1_groups_list(ctx, curves.data()) &&
        SSL_CTX_set1_sigalgs_list(ctx, algorithms.data());
    if (!done) return libssl_error();
    return context.release();
}

}  // namespace chainmend::tls
