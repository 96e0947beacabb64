#include "certs/algorithm_rules.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>

#include "certs/x509_view.h"

namespace chainmend::certs {
namespace {

constexpr std::array strong_digests = {NID_sha256,     NID_sha384,   NID_sha512,   NID_sha224,
                                       NID_sha512_256, NID_sha3_256, NID_sha3_384, NID_sha3_512};

/// NIST SP 800-131A revision 2 and BR section 7.1.3.2: RSA or ECDSA (or RFC 8410), and no digest that
/// collisions are known or feasible for. SHA-1 is tolerated by the compat profile alone, MD5 and older by
/// none.
void signature_digest_is_strong(const Certificate& certificate, int depth, PathFindings& findings) {
    int digest = NID_undef;
    int key_type = NID_undef;
    if (X509_get_signature_info(certificate.x509(), &digest, &key_type, nullptr, nullptr) != 1) {
        findings.refuse(Reason::weak_signature, depth,
                        findings.name(depth) + " is signed with an unknown algorithm");
        return;
    }
    if (key_type == NID_ED25519 || key_type == NID_ED448) return;
    if (key_type != NID_rsaEncryption && key_type != NID_rsassaPss && key_type != NID_X9_62_id_ecPublicKey) {
        // Before its issuer is looked for: what checking such a signature costs is the signer's choice.
        findings.refuse(Reason::weak_signature, depth,
                        findings.name(depth) + " is signed with " + OBJ_nid2sn(key_type) +
                            "; only RSA, ECDSA, Ed25519 and Ed448 are accepted");
        return;
    }
    if (is_strong_digest(digest)) return;
    const char* shown = digest == NID_undef ? "an unknown digest" : OBJ_nid2sn(digest);
    findings.refuse_from(digest == NID_sha1 ? Profile::default_ : Profile::compat, Reason::weak_signature,
                         depth, findings.name(depth) + " is signed with " + shown);
}

/// BR section 6.1.5: at least 2048 bits, a multiple of 8; section 6.1.6: an odd exponent of at least 3. The
/// compat profile tolerates 1024 bits and more.
void rsa_key_is_strong(EVP_PKEY* key, int depth, PathFindings& findings) {
    const int bits = EVP_PKEY_get_bits(key);
    if (bits < 2048 || bits % 8 != 0) {
        findings.refuse_from(bits >= 1024 ? Profile::default_ : Profile::compat, Reason::weak_key, depth,
                             findings.name(depth) + " has an RSA key of " + std::to_string(bits) +
                                 " bits; 2048 or more, in steps of 8, are needed");
    }
    BIGNUM* exponent = nullptr;
    EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &exponent);
    const OpensslPtr<BIGNUM, BN_free> owned(exponent);
    if (exponent == nullptr || BN_is_odd(exponent) == 0 || BN_is_one(exponent) != 0) {
        findings.refuse(Reason::weak_key, depth,
                        findings.name(depth) + " has an RSA key with an unusable exponent");
    }
}

/// BR section 7.1.3.1.2 and RFC 5480 section 2.1.1: P-256, P-384 or P-521 by name, never by explicit
/// parameters.
void curve_is_named_and_strong(const X509_ALGOR* algorithm, int depth, PathFindings& findings) {
    int type = V_ASN1_UNDEF;
    const void* parameter = nullptr;
    X509_ALGOR_get0(nullptr, &type, &parameter, algorithm);
    if (type != V_ASN1_OBJECT) {
        findings.refuse(Reason::weak_key, depth,
                        findings.name(depth) + " spells out its elliptic curve instead of naming it");
        return;
    }
    const int curve = OBJ_obj2nid(static_cast<const ASN1_OBJECT*>(parameter));
    if (curve == NID_X9_62_prime256v1 || curve == NID_secp384r1 || curve == NID_secp521r1) return;
    findings.refuse(Reason::weak_key, depth,
                    findings.name(depth) + " has a key on the curve " + OBJ_nid2sn(curve) +
                        "; only P-256, P-384 and P-521 are accepted");
}

/// BR section 7.1.3.1 knows RSA and ECDSA only; Ed25519 and Ed448 (RFC 8410) are as good outside the public
/// web.
void key_is_strong(const Certificate& certificate, int depth, PathFindings& findings) {
    ASN1_OBJECT* oid = nullptr;
    X509_ALGOR* algorithm = nullptr;
    X509_PUBKEY_get0_param(&oid, nullptr, nullptr, &algorithm, X509_get_X509_PUBKEY(certificate.x509()));
    const int type = OBJ_obj2nid(oid);
    switch (type) {
        case NID_ED25519:
        case NID_ED448:
            findings.refuse_from(Profile::webpki, Reason::weak_key, depth,
                                 findings.name(depth) + " has an " + OBJ_nid2sn(type) +
                                     " key, which public certificates may not have");
            break;
        case NID_X9_62_id_ecPublicKey:
            curve_is_named_and_strong(algorithm, depth, findings);
            break;
        case NID_rsaEncryption:
        case NID_rsassaPss:
            break;
        default:
            findings.refuse(Reason::weak_key, depth,
                            findings.name(depth) + " has a key of the type " + OBJ_nid2sn(type) +
                                "; only RSA, ECDSA, Ed25519 and Ed448 are accepted");
            return;
    }
    EVP_PKEY* key = X509_get0_pubkey(certificate.x509());
    if (key == nullptr) {
        findings.refuse(Reason::malformed_certificate, depth,
                        findings.name(depth) + " has a public key that can not be decoded");
    } else if (type == NID_rsaEncryption || type == NID_rsassaPss) {
        rsa_key_is_strong(key, depth, findings);
    }
}

}  // namespace

bool is_strong_digest(int nid) {
    return std::find(strong_digests.begin(), strong_digests.end(), nid) != strong_digests.end();
}

void judge_algorithms(const Certificate& certificate, int depth, bool is_anchor, PathFindings& findings) {
    key_is_strong(certificate, depth, findings);
    if (!is_anchor) signature_digest_is_strong(certificate, depth, findings);
}

}  // namespace chainmend::certs
