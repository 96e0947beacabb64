#include "certs/staple_rules.h"

#include <openssl/x509v3.h>

#include <algorithm>

#include "certs/ocsp_judgement.h"
#include "certs/x509_view.h"

namespace chainmend::certs {
namespace {

bool is_promised(const CertificatePath& path) {
    return std::any_of(path.begin(), path.end(),
                       [](const auto& certificate) { return promises_staple(*certificate); });
}

/// RFC 7633 section 4.2.3.1: a server that lacks the staple its certificate promises is not to be trusted.
/// Where there was no handshake nobody knows whether it has one.
void promised_staple_is_there(const CertificatePath& path, const VerifyRequest& request,
                              PathFindings& findings) {
    if (request.staple || !is_promised(path)) return;
    const std::string detail = findings.name(0) + " demands a stapled OCSP response, and there is none";
    if (request.staple_was_asked_for)
        findings.refuse(Reason::staple_required, 0, detail);
    else
        findings.warn(to_string(Reason::staple_required), 0, detail);
}

/// RFC 6960 section 3.2: an answer counts when it is genuine, of now, and about this certificate. One that
/// does not is as good as none.
void staple_says_good(const CertificatePath& path, const VerifyRequest& request, PathFindings& findings) {
    if (!request.staple) return;
    const auto judged = judge_ocsp(*request.staple, {path[0], path[1], request.at, request.profile});
    if (judged.status == RevocationStatus::good) return;
    const Reason reason = judged.status == RevocationStatus::revoked ? Reason::revoked
                          : is_promised(path)                        ? Reason::staple_required
                                                                     : Reason::revocation_unknown;
    findings.refuse(reason, 0, findings.name(0) + ": " + judged.detail);
}

}  // namespace

bool promises_staple(const Certificate& certificate) {
    using Features = OpensslPtr<TLS_FEATURE, TLS_FEATURE_free>;
    const auto features = extension<Features>(certificate, NID_tlsfeature);
    for (int i = 0; i < sk_ASN1_INTEGER_num(features.get()); ++i) {
        const long feature = ASN1_INTEGER_get(sk_ASN1_INTEGER_value(features.get(), i));
        if (feature == 5 || feature == 17) return true;
    }
    return !features && has_extension(certificate, NID_tlsfeature);
}

void judge_staple(const CertificatePath& path, const VerifyRequest& request, PathFindings& findings) {
    promised_staple_is_there(path, request, findings);
    if (path.size() > 1) staple_says_good(path, request, findings);
}

}  // namespace chainmend::certs
