#include "certs/signature_memo.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "certs/openssl_ptr.h"

namespace chainmend::certs {
namespace {

/// How much longer a verification takes than with the usual exponent, 65537 of 17 bits. libcrypto allows 64
/// bits with a large modulus, and any number with one of at most 3072 bits.
std::int64_t exponent_factor(const EVP_PKEY* key) {
    BIGNUM* exponent = nullptr;
    EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &exponent);
    const BignumPtr owned(exponent);
    return exponent == nullptr ? 1 : 1 + BN_num_bits(exponent) / 17;
}

}  // namespace

bool SignatureMemo::verifies(const Certificate& child, const Certificate& issuer) {
    const auto edge = std::make_pair(child.sha256(), issuer.spki_sha256());
    if (const auto known = known_.find(edge); known != known_.end()) return known->second;
    if (known_.size() >= capacity) known_.clear();
    ++checked_;
    EVP_PKEY* key = X509_get0_pubkey(issuer.x509());
    const bool good = key != nullptr && X509_verify(child.x509(), key) == 1;
    if (!good) ERR_clear_error();
    known_.emplace(edge, good);
    return good;
}

std::chrono::microseconds SignatureMemo::hashing(std::size_t octets) {
    constexpr std::size_t hashed_per_microsecond = 400;  // SHA-256
    return std::chrono::microseconds(octets / hashed_per_microsecond);
}

std::chrono::microseconds SignatureMemo::estimate(const Certificate& child, const Certificate& issuer) {
    const auto hashing = SignatureMemo::hashing(child.der().size());
    const EVP_PKEY* key = X509_get0_pubkey(issuer.x509());
    if (key == nullptr) return hashing;
    const std::int64_t bits = EVP_PKEY_get_bits(key);
    switch (EVP_PKEY_get_base_id(key)) {
        case EVP_PKEY_RSA:
        case EVP_PKEY_RSA_PSS:
            return hashing + std::chrono::microseconds(5 + bits * bits / 230'000 * exponent_factor(key));
        case EVP_PKEY_EC:
            return hashing + std::chrono::microseconds(bits <= 256 ? 80 : 700);
        default:
            return hashing + std::chrono::microseconds(200);
    }
}

bool SignatureMemo::knows(const Certificate& child, const Certificate& issuer) const {
    return known_.count({child.sha256(), issuer.spki_sha256()}) != 0;
}

}  // namespace chainmend::certs
