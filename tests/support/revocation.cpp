#include "tests/support/revocation.h"

#include <openssl/ocsp.h>
#include <openssl/x509.h>

#include <cstdlib>
#include <iostream>

#include "certs/openssl_ptr.h"

namespace chainmend::test {
namespace {

using certs::OpensslPtr;
using TimePtr = OpensslPtr<ASN1_TIME, ASN1_TIME_free>;

void must(bool fine, const char* what) {
    if (fine) return;
    std::cerr << "could not forge " << what << "\n";
    std::abort();
}

TimePtr time_of(Time time) {
    TimePtr encoded(ASN1_GENERALIZEDTIME_set(nullptr, time.time_since_epoch().count()));
    must(encoded != nullptr, "time");
    return encoded;
}

int status_of(ResponseDraft::Status status) {
    switch (status) {
        case ResponseDraft::Status::good:
            return V_OCSP_CERTSTATUS_GOOD;
        case ResponseDraft::Status::revoked:
            return V_OCSP_CERTSTATUS_REVOKED;
        case ResponseDraft::Status::unknown:
            return V_OCSP_CERTSTATUS_UNKNOWN;
    }
    return V_OCSP_CERTSTATUS_UNKNOWN;
}

Bytes encoded(OCSP_RESPONSE* response) {
    unsigned char* der = nullptr;
    const int size = i2d_OCSP_RESPONSE(response, &der);
    must(size > 0, "OCSP response");
    Bytes bytes(der, der + size);
    OPENSSL_free(der);
    return bytes;
}

}  // namespace

Bytes forge_response(const certs::Certificate& subject, const Identity& issuer, const ResponseDraft& draft) {
    const OpensslPtr<OCSP_BASICRESP, OCSP_BASICRESP_free> basic(OCSP_BASICRESP_new());
    const OpensslPtr<OCSP_CERTID, OCSP_CERTID_free> id(OCSP_cert_to_id(
        EVP_get_digestbyname(draft.id_digest.c_str()), subject.x509(), issuer.certificate()->x509()));
    const auto this_update = time_of(draft.this_update);
    const auto next_update = time_of(draft.next_update);
    const auto revoked_at = time_of(draft.this_update - std::chrono::hours{24});
    must(OCSP_basic_add1_status(basic.get(), id.get(), status_of(draft.status), 1, revoked_at.get(),
                                this_update.get(),
                                draft.has_next_update ? next_update.get() : nullptr) != nullptr,
         "status");
    if (draft.unreadable_time) {
        ASN1_GENERALIZEDTIME* written = nullptr;
        OCSP_single_get0_status(OCSP_resp_get0(basic.get(), 0), nullptr, nullptr, &written, nullptr);
        must(ASN1_STRING_set(written, "soon", 4) == 1, "time");
    }
    if (draft.critical_extension) {
        const OpensslPtr<ASN1_OBJECT, ASN1_OBJECT_free> oid(OBJ_txt2obj("1.2.3.4", 1));
        const OpensslPtr<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free> value(ASN1_OCTET_STRING_new());
        must(ASN1_STRING_set(value.get(), "\5\0", 2) == 1, "value");
        const OpensslPtr<X509_EXTENSION, X509_EXTENSION_free> extension(
            X509_EXTENSION_create_by_OBJ(nullptr, oid.get(), 1, value.get()));
        must(OCSP_BASICRESP_add_ext(basic.get(), extension.get(), -1) == 1, "extension");
    }
    if (!draft.nonce.empty()) {
        Bytes copy = draft.nonce;
        must(OCSP_basic_add1_nonce(basic.get(), copy.data(), static_cast<int>(copy.size())) == 1, "nonce");
    }
    const Identity& signer = draft.signer ? *draft.signer : issuer;
    for (const auto& certificate : draft.certificates)
        must(OCSP_basic_add1_cert(basic.get(), certificate->x509()) == 1, "certificate");
    const bool alone = draft.without_certificates || draft.signer == nullptr;
    const unsigned long flags = (alone ? OCSP_NOCERTS : 0UL) | (draft.by_key ? OCSP_RESPID_KEY : 0UL);
    must(OCSP_basic_sign(basic.get(), signer.certificate()->x509(), signer.key()->evp_pkey(),
                         EVP_get_digestbyname(draft.digest.c_str()), nullptr, flags) == 1,
         "signature");
    if (draft.break_signature) {
        auto* signature = const_cast<ASN1_OCTET_STRING*>(OCSP_resp_get0_signature(basic.get()));
        Bytes bytes(ASN1_STRING_get0_data(signature),
                    ASN1_STRING_get0_data(signature) + ASN1_STRING_length(signature));
        bytes.back() ^= 1;
        must(ASN1_STRING_set(signature, bytes.data(), static_cast<int>(bytes.size())) == 1, "break");
    }
    const OpensslPtr<OCSP_RESPONSE, OCSP_RESPONSE_free> response(
        OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic.get()));
    return encoded(response.get());
}

Bytes ocsp_error(int status) {
    const OpensslPtr<OCSP_RESPONSE, OCSP_RESPONSE_free> response(OCSP_response_create(status, nullptr));
    return encoded(response.get());
}

CertificateSpec responder_spec() {
    CertificateSpec spec;
    spec.common_name = "Responder";
    spec.extended_key_usage = "OCSPSigning";
    spec.extensions = {{"noCheck", "ignored"}};
    return spec;
}

Forged as_forged(const Identity& identity) {
    EVP_PKEY* key = identity.key()->evp_pkey();
    EVP_PKEY_up_ref(key);
    return {identity.certificate(), std::shared_ptr<EVP_PKEY>(key, EVP_PKEY_free)};
}

Bytes der_of(const certs::Crl& crl) {
    unsigned char* der = nullptr;
    const int size = i2d_X509_CRL(crl.x509_crl(), &der);
    must(size > 0, "CRL");
    Bytes bytes(der, der + size);
    OPENSSL_free(der);
    return bytes;
}

}  // namespace chainmend::test
