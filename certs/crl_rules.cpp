#include "certs/crl_rules.h"

#include <openssl/err.h>

#include <memory>

#include "certs/algorithm_rules.h"
#include "certs/extension_rules.h"
#include "certs/validity_rules.h"
#include "certs/x509_view.h"

namespace chainmend::certs {
namespace {

/// RFC 5280 section 5.2.3: "CRL issuers conforming to this profile MUST include this extension in all CRLs
/// and MUST mark this extension as non-critical." Without it an old list can not be told from a new one.
bool has_crl_number(const X509_CRL* crl) {
    int critical = 0;
    const OpensslPtr<ASN1_INTEGER, ASN1_INTEGER_free> number(
        static_cast<ASN1_INTEGER*>(X509_CRL_get_ext_d2i(crl, NID_crl_number, &critical, nullptr)));
    return number != nullptr && critical == 0 && ASN1_STRING_type(number.get()) != V_ASN1_NEG_INTEGER;
}

/// RFC 5280 section 5.1.2.5: nextUpdate is there. A list without an end would be good for ever.
bool has_next_update(const X509_CRL* crl) {
    return X509_CRL_get0_nextUpdate(crl) != nullptr;
}

/// The digests of signature_digest_is_strong.
bool is_strongly_signed(X509_CRL* crl, Profile profile) {
    int digest = NID_undef;
    int key_type = NID_undef;
    if (OBJ_find_sigid_algs(X509_CRL_get_signature_nid(crl), &digest, &key_type) != 1) return false;
    if (digest == NID_undef)
        return true;  // RSA-PSS and EdDSA name no digest here; both come with strong ones
    return is_strong_digest(digest) || (digest == NID_sha1 && profile == Profile::compat);
}

}  // namespace

bool may_acquit(const Crl& crl, Profile profile) {
    const bool may = has_crl_number(crl.x509_crl()) && has_next_update(crl.x509_crl());
    ERR_clear_error();
    return may && may_revoke(crl, profile);
}

bool may_revoke(const Crl& crl, Profile profile) {
    const bool may = is_strongly_signed(crl.x509_crl(), profile);
    ERR_clear_error();
    return may;
}

std::vector<CertificatePtr> usable_crl_issuers(const std::vector<CertificatePtr>& certificates,
                                               const VerifyRequest& request) {
    std::vector<CertificatePtr> usable;
    for (const auto& certificate : certificates) {
        const CertificatePath place(3, certificate);  // neither the end entity nor the anchor
        PathFindings findings(place, request.profile);
        judge_form(*certificate, 1, false, findings);
        judge_algorithms(*certificate, 1, false, findings);
        judge_validity(*certificate, 1, request.at, findings);
        if (!findings.refused()) usable.push_back(certificate);
    }
    return usable;
}

}  // namespace chainmend::certs
