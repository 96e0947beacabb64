#include "certs/ocsp_response.h"

#include <openssl/err.h>
#include <openssl/ocsp.h>

#include "certs/algorithm_rules.h"
#include "certs/validity_rules.h"
#include "certs/x509_view.h"

namespace chainmend::certs {
namespace {

void sk_X509_free_borrowed(STACK_OF(X509) * certificates) {
    sk_X509_free(certificates);
}
using BorrowedStack = OpensslPtr<STACK_OF(X509), sk_X509_free_borrowed>;

Error malformed(std::string message) {
    ERR_clear_error();
    return {ErrorCode::malformed, std::move(message)};
}

/// RFC 6960 section 4.1.1: the CertID names the issuer by hashes of its name and key, with a hash of the
/// responder's choice, and the certificate by its serial number.
bool is_about(const OCSP_CERTID* id, const Certificate& child, const Certificate& issuer) {
    ASN1_OBJECT* hash = nullptr;
    OCSP_id_get0_info(nullptr, &hash, nullptr, nullptr, const_cast<OCSP_CERTID*>(id));
    const EVP_MD* digest = EVP_get_digestbyobj(hash);
    if (digest == nullptr) return false;
    const OpensslPtr<OCSP_CERTID, OCSP_CERTID_free> wanted(
        OCSP_cert_to_id(digest, child.x509(), issuer.x509()));
    return wanted && OCSP_id_cmp(wanted.get(), const_cast<OCSP_CERTID*>(id)) == 0;
}

/// RFC 6960 section 4.2.2.1: of now is what has begun and has not ended. Without an end an old response could
/// be shown for ever.
std::string objection_to_times(const ASN1_GENERALIZEDTIME* this_update,
                               const ASN1_GENERALIZEDTIME* next_update, Time at) {
    const auto now = static_cast<time_t>(at.time_since_epoch().count());
    if (this_update == nullptr || ASN1_TIME_cmp_time_t(this_update, now) > 0)
        return "the OCSP response is from the future";
    if (next_update == nullptr) return "the OCSP response does not say when it ends";
    if (ASN1_TIME_cmp_time_t(next_update, now) < 0) return "the OCSP response is out of date";
    return "";
}

/// RFC 6960 section 4.2.2.2: a responder with a key of its own has a certificate directly from the issuer,
/// for exactly this use.
std::string objection_to_delegate(X509* signer, const Certificate& issuer, Time at) {
    const bool issued =
        X509_NAME_cmp(X509_get_issuer_name(signer), X509_get_subject_name(issuer.x509())) == 0 &&
        X509_verify(signer, X509_get0_pubkey(issuer.x509())) == 1;
    if (!issued) return "the OCSP response is signed by somebody whom the issuer has not certified";
    if ((X509_get_extension_flags(signer) & EXFLAG_XKUSAGE) == 0 ||
        (X509_get_extended_key_usage(signer) & XKU_OCSP_SIGN) == 0)
        return "the OCSP response is signed with a certificate that is not for it (extended key usage)";
    const CertificatePtr certificate = Certificate::from_x509(signer);
    if (!certificate) return "the OCSP responder's certificate is malformed";
    const CertificatePath place(3, certificate);  // neither the end entity nor the anchor
    PathFindings findings(place, Profile::default_);
    judge_algorithms(*certificate, 1, false, findings);
    judge_validity(*certificate, 1, at, findings);
    return findings.refused() ? "the OCSP responder's certificate is no use: " + findings.failure().detail
                              : "";
}

}  // namespace

OcspResponse::~OcspResponse() {
    OCSP_BASICRESP_free(basic_);
}

Result<OcspResponsePtr> OcspResponse::from_der(ByteView der) {
    if (der.size() > max_der_bytes) return malformed("the OCSP response is larger than 64 KiB");
    const unsigned char* at = der.data();
    const OpensslPtr<OCSP_RESPONSE, OCSP_RESPONSE_free> response(
        d2i_OCSP_RESPONSE(nullptr, &at, static_cast<long>(der.size())));
    if (!response || at != der.data() + der.size()) return malformed("this is no OCSP response in DER");
    const int status = OCSP_response_status(response.get());
    if (status != OCSP_RESPONSE_STATUS_SUCCESSFUL) {
        return malformed(std::string("the OCSP responder gave no answer: ") +
                         OCSP_response_status_str(status));
    }
    OCSP_BASICRESP* basic = OCSP_response_get1_basic(response.get());
    if (basic == nullptr) return malformed("this is an OCSP response of an unknown kind");
    return OcspResponsePtr(new OcspResponse(basic));
}

/// Empty when the issuer stands behind the signature.
std::string OcspResponse::objection_to_signer(const Certificate& issuer, Time at) const {
    const BorrowedStack known(sk_X509_new_null());
    X509* signer = nullptr;
    const bool named = known && sk_X509_push(known.get(), issuer.x509()) > 0 &&
                       OCSP_resp_get0_signer(basic_, &signer, known.get()) == 1;
    if (!named) return "the OCSP response is signed by somebody unknown";
    if (X509_cmp(signer, issuer.x509()) != 0) {
        std::string objection = objection_to_delegate(signer, issuer, at);
        if (!objection.empty()) return objection;
    }
    int digest = NID_undef;
    int key_type = NID_undef;
    const auto* algorithm = OCSP_resp_get0_tbs_sigalg(basic_);
    const bool strong =
        OBJ_find_sigid_algs(OBJ_obj2nid(algorithm->algorithm), &digest, &key_type) == 1 &&
        (digest == NID_undef || is_strong_digest(digest));  // RSA-PSS and EdDSA name none here
    if (!strong) return "the OCSP response is signed with a weak algorithm";
    // NOVERIFY: who the signer may be was looked at above; this checks the signature itself.
    if (OCSP_basic_verify(basic_, known.get(), nullptr, OCSP_NOVERIFY) != 1)
        return "the signature of the OCSP response does not verify";
    return "";
}

OcspAnswer OcspResponse::about(const Certificate& child, const Certificate& issuer, Time at) const {
    using enum OcspAnswer::Status;
    OcspAnswer answer{unusable, "the OCSP response is about another certificate"};
    for (int i = 0; i < OCSP_resp_count(basic_); ++i) {
        OCSP_SINGLERESP* single = OCSP_resp_get0(basic_, i);
        if (!is_about(OCSP_SINGLERESP_get0_id(single), child, issuer)) continue;
        ASN1_GENERALIZEDTIME* this_update = nullptr;
        ASN1_GENERALIZEDTIME* next_update = nullptr;
        const int status = OCSP_single_get0_status(single, nullptr, nullptr, &this_update, &next_update);
        std::string objection = objection_to_signer(issuer, at);
        if (objection.empty()) objection = objection_to_times(this_update, next_update, at);
        if (!objection.empty())
            answer = {unusable, std::move(objection)};
        else if (status == V_OCSP_CERTSTATUS_GOOD)
            answer = {good, ""};
        else if (status == V_OCSP_CERTSTATUS_REVOKED)
            answer = {revoked, "its issuer has revoked it (OCSP)"};
        else
            answer = {unknown, "the OCSP responder does not know it"};
        break;
    }
    ERR_clear_error();
    return answer;
}

}  // namespace chainmend::certs
