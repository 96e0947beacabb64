#pragma once

#include "tests/support/forge.h"

namespace chainmend::test {

/// An OCSP response about one certificate, good or bad in the way a test wants.
struct OcspDraft {
    enum class Status { good, revoked, unknown };
    Status status = Status::good;
    Time this_update, next_update;  ///< default: a day around noon()
    bool has_next_update = true;
    std::string certificate_hash = "SHA1";  ///< of the CertID
    std::string digest = "SHA256";          ///< of the signature
    bool certificate_included = true;       ///< of the signer, when that is not the issuer
    OcspDraft();
};

/// A response of `signer` about `child`, issued by `issuer`, in DER.
Bytes forge_ocsp(const OcspDraft& draft, const certs::Certificate& child, const certs::Certificate& issuer,
                 const certs::Certificate& signer, EVP_PKEY* key);

/// A response that gives no answer ("try later").
Bytes forge_ocsp_without_answer();

}  // namespace chainmend::test
