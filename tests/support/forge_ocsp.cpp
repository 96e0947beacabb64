#include "tests/support/forge_ocsp.h"

#include <openssl/ocsp.h>

#include <stdexcept>

#include "certs/openssl_ptr.h"
#include "tests/support/pki.h"

namespace chainmend::test {
namespace {

using namespace certs;

using Response = OpensslPtr<OCSP_RESPONSE, OCSP_RESPONSE_free>;
using Basic = OpensslPtr<OCSP_BASICRESP, OCSP_BASICRESP_free>;
using Moment = OpensslPtr<ASN1_TIME, ASN1_TIME_free>;

Moment moment(Time time) {
    return Moment(ASN1_GENERALIZEDTIME_set(nullptr, time.time_since_epoch().count()));
}

Bytes der_of(OCSP_RESPONSE* response) {
    unsigned char* data = nullptr;
    const int size = i2d_OCSP_RESPONSE(response, &data);
    Bytes der(data, data + size);
    OPENSSL_free(data);
    return der;
}

int status_of(OcspDraft::Status status) {
    switch (status) {
        case OcspDraft::Status::good:
            return V_OCSP_CERTSTATUS_GOOD;
        case OcspDraft::Status::revoked:
            return V_OCSP_CERTSTATUS_REVOKED;
        case OcspDraft::Status::unknown:
            break;
    }
    return V_OCSP_CERTSTATUS_UNKNOWN;
}

}  // namespace

OcspDraft::OcspDraft()
    : this_update(noon() - std::chrono::days{1}), next_update(noon() + std::chrono::days{1}) {}

Bytes forge_ocsp(const OcspDraft& draft, const Certificate& child, const Certificate& issuer,
                 const Certificate& signer, EVP_PKEY* key) {
    const Basic basic(OCSP_BASICRESP_new());
    const OpensslPtr<OCSP_CERTID, OCSP_CERTID_free> id(
        OCSP_cert_to_id(EVP_get_digestbyname(draft.certificate_hash.c_str()), child.x509(), issuer.x509()));
    const Moment begin = moment(draft.this_update);
    const Moment end = moment(draft.next_update);
    const bool is_revoked = draft.status == OcspDraft::Status::revoked;
    OCSP_basic_add1_status(basic.get(), id.get(), status_of(draft.status), OCSP_REVOKED_STATUS_NOSTATUS,
                           is_revoked ? begin.get() : nullptr, begin.get(),
                           draft.has_next_update ? end.get() : nullptr);
    const unsigned long flags = draft.certificate_included ? 0 : OCSP_NOCERTS;
    if (OCSP_basic_sign(basic.get(), signer.x509(), key, EVP_get_digestbyname(draft.digest.c_str()), nullptr,
                        flags) != 1)
        throw std::logic_error("forge: OCSP response");
    const Response response(OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic.get()));
    return der_of(response.get());
}

Bytes forge_ocsp_without_answer() {
    const Response response(OCSP_response_create(OCSP_RESPONSE_STATUS_TRYLATER, nullptr));
    return der_of(response.get());
}

}  // namespace chainmend::test
