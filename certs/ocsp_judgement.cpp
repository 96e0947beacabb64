#include "certs/ocsp_judgement.h"

#include <openssl/err.h>
#include <openssl/ocsp.h>

#include <algorithm>

#include "certs/algorithm_rules.h"
#include "certs/asn1_time.h"
#include "certs/x509_view.h"

namespace chainmend::certs {
namespace {

using ResponsePtr = OpensslPtr<OCSP_RESPONSE, OCSP_RESPONSE_free>;
using BasicPtr = OpensslPtr<OCSP_BASICRESP, OCSP_BASICRESP_free>;
using CertIdPtr = OpensslPtr<OCSP_CERTID, OCSP_CERTID_free>;
using RequestPtr = OpensslPtr<OCSP_REQUEST, OCSP_REQUEST_free>;

/// Responses of public responders are about one certificate; some private ones list a few.
constexpr int max_single_responses = 64;
/// Certificates looked at as the responder's own.
constexpr int max_responder_certificates = 8;

RevocationFinding unknown(std::string detail) {
    RevocationFinding finding;
    finding.detail = std::move(detail);
    return finding;
}

ResponsePtr decoded(ByteView der) {
    const unsigned char* at = der.data();
    ResponsePtr response(d2i_OCSP_RESPONSE(nullptr, &at, static_cast<long>(der.size())));
    if (at != der.data() + der.size()) response.reset();
    return response;
}

/// One basic response and the question it should answer.
class Judge {
  public:
    Judge(OCSP_BASICRESP* basic, const OcspQuestion& question) : basic_(basic), question_(question) {}

    RevocationFinding judge() {
        OCSP_SINGLERESP* single = matching_response();
        if (single == nullptr) return unknown("the OCSP response is about another certificate");
        if (auto failure = signature_failure(); !failure.empty()) return unknown(std::move(failure));
        if (!question_.nonce.empty() && !repeats_nonce())
            return unknown("the OCSP response does not repeat the nonce");
        return status_of(single);
    }

  private:
    /// RFC 6960 section 3.2 item 1: the CertID is this certificate's, under the hash that it names itself.
    OCSP_SINGLERESP* matching_response() const {
        const int count = std::min(OCSP_resp_count(basic_), max_single_responses);
        for (int i = 0; i < count; ++i) {
            OCSP_SINGLERESP* single = OCSP_resp_get0(basic_, i);
            // libcrypto takes it without const and does not change it.
            auto* id = const_cast<OCSP_CERTID*>(OCSP_SINGLERESP_get0_id(single));
            ASN1_OBJECT* algorithm = nullptr;
            if (OCSP_id_get0_info(nullptr, &algorithm, nullptr, nullptr, id) != 1) continue;
            const EVP_MD* digest = EVP_get_digestbyobj(algorithm);
            if (digest == nullptr ||
                (EVP_MD_get_type(digest) != NID_sha1 && !is_strong_digest(EVP_MD_get_type(digest))))
                continue;
            const CertIdPtr wanted(
                OCSP_cert_to_id(digest, question_.certificate->x509(), question_.issuer->x509()));
            if (wanted && OCSP_id_cmp(wanted.get(), id) == 0) return single;
        }
        return nullptr;
    }

    /// Empty when the issuer or its delegate has signed.
    std::string signature_failure() {
        if (!is_strongly_signed()) return "the OCSP response is signed with a weak algorithm";
        X509* issuer = question_.issuer->x509();
        if (is_responder(issuer)) return wrong_signature_of(issuer);
        const STACK_OF(X509)* certificates = OCSP_resp_get0_certs(basic_);
        const int count = std::min(sk_X509_num(certificates), max_responder_certificates);
        for (int i = 0; i < count; ++i) {
            X509* responder = sk_X509_value(certificates, i);
            if (!is_responder(responder)) continue;
            if (auto failure = delegation_failure(responder); !failure.empty()) return failure;
            return wrong_signature_of(responder);
        }
        return "the OCSP response is signed by neither the issuer nor a responder that it names";
    }

    bool is_responder(X509* candidate) const {
        const ASN1_OCTET_STRING* key_hash = nullptr;
        const X509_NAME* name = nullptr;
        if (OCSP_resp_get0_id(basic_, &key_hash, &name) != 1) return false;
        if (name != nullptr) return X509_NAME_cmp(name, X509_get_subject_name(candidate)) == 0;
        unsigned char digest[EVP_MAX_MD_SIZE];
        unsigned size = 0;
        return X509_pubkey_digest(candidate, EVP_sha1(), digest, &size) == 1 &&
               std::ranges::equal(octets_of(key_hash), ByteView(digest, size));
    }

    /// RFC 6960 section 4.2.2.2: "issued directly by the CA", with id-kp-OCSPSigning.
    std::string delegation_failure(X509* responder) {
        const auto certificate = Certificate::from_x509(responder);
        if (!certificate) return "the responder's certificate does not decode";
        // Absent it is UINT32_MAX; anyExtendedKeyUsage alone is no delegation either.
        const std::uint32_t usage = X509_get_extended_key_usage(responder);
        if (usage == UINT32_MAX || (usage & XKU_OCSP_SIGN) == 0)
            return "the responder's certificate is not for signing OCSP responses";
        EVP_PKEY* key = X509_get0_pubkey(question_.issuer->x509());
        if (X509_NAME_cmp(X509_get_issuer_name(responder), X509_get_subject_name(question_.issuer->x509())) !=
                0 ||
            key == nullptr || X509_verify(responder, key) != 1) {
            return "the responder's certificate was not issued by the issuer of the certificate";
        }
        const auto begin = certificate->not_before();
        const auto end = certificate->not_after();
        if (!begin || !end || question_.at < *begin || question_.at > *end)
            return "the responder's certificate is not valid at this time";
        const CertificatePath place(3, certificate);  // neither the end entity nor the anchor
        PathFindings findings(place, question_.profile);
        judge_algorithms(*certificate, 1, false, findings);
        if (findings.refused()) return "the responder's certificate is no use: " + findings.failure().detail;
        is_checked_ = has_extension(*certificate, NID_id_pkix_OCSP_noCheck) ||
                      (certificate->ocsp_urls().empty() && certificate->crl_urls().empty());
        return "";
    }

    bool is_strongly_signed() const {
        const X509_ALGOR* algorithm = OCSP_resp_get0_tbs_sigalg(basic_);
        const ASN1_OBJECT* object = nullptr;
        X509_ALGOR_get0(&object, nullptr, nullptr, algorithm);
        int digest = NID_undef;
        int key_type = NID_undef;
        if (OBJ_find_sigid_algs(OBJ_obj2nid(object), &digest, &key_type) != 1) return false;
        if (digest == NID_undef) return true;  // RSA-PSS and EdDSA name no digest here
        return is_strong_digest(digest) || (digest == NID_sha1 && question_.profile == Profile::compat);
    }

    std::string wrong_signature_of(X509* signer) const {
        if (!is_signed_by(signer)) return "the signature of the OCSP response is wrong";
        return "";
    }

    bool is_signed_by(X509* signer) const {
        EVP_PKEY* key = X509_get0_pubkey(signer);
        return key != nullptr &&
               ASN1_item_verify(ASN1_ITEM_rptr(OCSP_RESPDATA), OCSP_resp_get0_tbs_sigalg(basic_),
                                const_cast<ASN1_OCTET_STRING*>(OCSP_resp_get0_signature(basic_)),
                                const_cast<OCSP_RESPDATA*>(OCSP_resp_get0_respdata(basic_)), key) == 1;
    }

    bool repeats_nonce() const {
        const int index = OCSP_BASICRESP_get_ext_by_NID(basic_, NID_id_pkix_OCSP_Nonce, -1);
        if (index < 0) return false;
        const auto* value = X509_EXTENSION_get_data(OCSP_BASICRESP_get_ext(basic_, index));
        // The extension's value is an OCTET STRING in the extension's OCTET STRING (RFC 8954 section 2.1).
        const unsigned char* at = ASN1_STRING_get0_data(value);
        const OctetStringPtr inner(d2i_ASN1_OCTET_STRING(nullptr, &at, ASN1_STRING_length(value)));
        return inner && std::ranges::equal(octets_of(inner.get()), question_.nonce);
    }

    RevocationFinding status_of(OCSP_SINGLERESP* single) const {
        RevocationFinding finding;
        int reason = 0;
        ASN1_GENERALIZEDTIME* revoked = nullptr;
        ASN1_GENERALIZEDTIME* this_update = nullptr;
        ASN1_GENERALIZEDTIME* next_update = nullptr;
        const int status = OCSP_single_get0_status(single, &reason, &revoked, &this_update, &next_update);
        finding.this_update = time_of(this_update);
        finding.next_update = time_of(next_update);
        if (!finding.this_update || (next_update != nullptr && !finding.next_update)) {
            finding.detail = "the OCSP response has no time";
            return finding;
        }
        if (*finding.this_update > question_.at + ocsp_clock_skew) {
            finding.detail = "the OCSP response is from the future";
            return finding;
        }
        if (!finding.next_update) finding.next_update = *finding.this_update + ocsp_without_end;
        if (question_.at > *finding.next_update) {
            finding.detail = "the OCSP response is out of date since " + to_rfc3339(*finding.next_update);
            return finding;
        }
        if (has_unknown_critical_extension(single)) {
            finding.detail = "the OCSP response has a critical extension that is unknown";
            return finding;
        }
        switch (status) {
            case V_OCSP_CERTSTATUS_GOOD:
                if (!is_checked_) {
                    finding.detail =
                        "the responder may itself have been revoked: its certificate says where to ask for "
                        "that, and lacks ocsp-nocheck";
                    return finding;
                }
                finding.status = RevocationStatus::good;
                return finding;
            case V_OCSP_CERTSTATUS_REVOKED:
                finding.status = RevocationStatus::revoked;
                finding.revoked_at = time_of(revoked);
                finding.detail = std::string("its issuer has revoked it") +
                                 (finding.revoked_at ? " on " + to_date(*finding.revoked_at) : "") +
                                 (reason >= 0 ? std::string(" (") + OCSP_crl_reason_str(reason) + ")" : "");
                return finding;
            default:
                finding.detail = "the OCSP responder does not know the certificate";
                return finding;
        }
    }

    bool has_unknown_critical_extension(OCSP_SINGLERESP* single) const {
        return OCSP_SINGLERESP_get_ext_by_critical(single, 1, -1) >= 0 ||
               OCSP_BASICRESP_get_ext_by_critical(basic_, 1, -1) >= 0;
    }

    OCSP_BASICRESP* const basic_;
    const OcspQuestion& question_;
    bool is_checked_ = true;  // whoever signed can not have been revoked without anybody knowing
};

}  // namespace

RevocationFinding judge_ocsp(ByteView der, const OcspQuestion& question) {
    if (der.size() > max_ocsp_bytes) return unknown("the OCSP response is larger than 64 KiB");
    const ResponsePtr response = decoded(der);
    if (!response) {
        ERR_clear_error();
        return unknown("this is no OCSP response");
    }
    const int status = OCSP_response_status(response.get());
    if (status != OCSP_RESPONSE_STATUS_SUCCESSFUL)
        return unknown(std::string("the OCSP responder says: ") + OCSP_response_status_str(status));
    const BasicPtr basic(OCSP_response_get1_basic(response.get()));
    auto finding = basic ? Judge(basic.get(), question).judge() : unknown("this is no basic OCSP response");
    ERR_clear_error();
    return finding;
}

Result<void> check_ocsp_response(ByteView der) {
    const auto malformed = [](std::string what) { return Error{ErrorCode::malformed, std::move(what)}; };
    if (der.size() > max_ocsp_bytes) return malformed("the OCSP response is larger than 64 KiB");
    const ResponsePtr response = decoded(der);
    ERR_clear_error();
    if (!response) return malformed("this is no OCSP response in DER");
    const int status = OCSP_response_status(response.get());
    if (status != OCSP_RESPONSE_STATUS_SUCCESSFUL) {
        return malformed(std::string("the OCSP responder gave no answer: ") +
                         OCSP_response_status_str(status));
    }
    const BasicPtr basic(OCSP_response_get1_basic(response.get()));
    ERR_clear_error();
    if (!basic) return malformed("this is an OCSP response of an unknown kind");
    return {};
}

Result<Bytes> ocsp_request(const Certificate& certificate, const Certificate& issuer, const Bytes& nonce) {
    const RequestPtr request(OCSP_REQUEST_new());
    CertIdPtr id(OCSP_cert_to_id(EVP_sha1(), certificate.x509(), issuer.x509()));
    bool made = request && id && OCSP_request_add0_id(request.get(), id.get()) != nullptr;
    if (made) id.release();  // the request's
    if (made && !nonce.empty()) {
        Bytes copy = nonce;
        made = OCSP_request_add1_nonce(request.get(), copy.data(), static_cast<int>(copy.size())) == 1;
    }
    unsigned char* der = nullptr;
    const int size = made ? i2d_OCSP_REQUEST(request.get(), &der) : -1;
    ERR_clear_error();
    if (size <= 0) return Error{ErrorCode::malformed, "no OCSP request can be made for this certificate"};
    Bytes bytes(der, der + size);
    OPENSSL_free(der);
    return bytes;
}

std::optional<Time> ocsp_next_update(ByteView der) {
    if (der.size() > max_ocsp_bytes) return std::nullopt;
    const ResponsePtr response = decoded(der);
    const BasicPtr basic(response ? OCSP_response_get1_basic(response.get()) : nullptr);
    std::optional<Time> earliest;
    const int count = basic ? std::min(OCSP_resp_count(basic.get()), max_single_responses) : 0;
    for (int i = 0; i < count; ++i) {
        ASN1_GENERALIZEDTIME* next_update = nullptr;
        OCSP_single_get0_status(OCSP_resp_get0(basic.get(), i), nullptr, nullptr, nullptr, &next_update);
        const auto end = time_of(next_update);
        if (end && (!earliest || *end < *earliest)) earliest = end;
    }
    ERR_clear_error();
    return earliest;
}

}  // namespace chainmend::certs
