#pragma once

#include <string>
#include <vector>

#include "certs/crl.h"
#include "tests/support/forge.h"
#include "tests/support/pki.h"

namespace chainmend::test {

/// An OCSP response that is good or bad in exactly the way a test wants.
struct ResponseDraft {
    enum class Status { good, revoked, unknown };
    Status status = Status::good;
    Time this_update = noon() - std::chrono::hours{1};
    Time next_update = noon() + std::chrono::hours{24};
    bool has_next_update = true;
    const Identity* signer = nullptr;                      ///< null: the issuer
    std::vector<certs::CertificatePtr> certificates = {};  ///< sent along; the signer's when it is another
    bool without_certificates = false;
    bool by_key = false;  ///< responder named by the hash of its key
    Bytes nonce = {};
    std::string digest = "SHA256";
    std::string id_digest = "SHA1";  ///< of the names in the CertID
    bool break_signature = false;
    bool critical_extension = false;  ///< one that nobody knows, in the response
    bool unreadable_time = false;     ///< thisUpdate is no time
};
Bytes forge_response(const certs::Certificate& subject, const Identity& issuer,
                     const ResponseDraft& draft = {});
/// An OCSPResponse without a body: 1 malformedRequest, 3 tryLater, 6 unauthorized.
Bytes ocsp_error(int status);

/// A delegated responder of `issuer`, as a public CA makes them, or bent.
CertificateSpec responder_spec();

Forged as_forged(const Identity& identity);
Bytes der_of(const certs::Crl& crl);

}  // namespace chainmend::test
