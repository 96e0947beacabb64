#include "certs/staple_rules.h"

#include <algorithm>

#include "certs/x509_view.h"

namespace chainmend::certs {
namespace {

/// RFC 7633 section 4.2.3.1: the feature status_request (5, RFC 6066 section 8) demands a staple.
bool demands_a_staple(const Certificate& end_entity) {
    constexpr long status_request = 5;
    const OpensslPtr<TLS_FEATURE, TLS_FEATURE_free> features(
        static_cast<TLS_FEATURE*>(X509_get_ext_d2i(end_entity.x509(), NID_tlsfeature, nullptr, nullptr)));
    for (int i = 0; i < sk_ASN1_INTEGER_num(features.get()); ++i) {
        if (ASN1_INTEGER_get(sk_ASN1_INTEGER_value(features.get(), i)) == status_request) return true;
    }
    return false;
}

/// RFC 7633 section 4.2.3.1: a server that lacks the staple its certificate demands is not to be trusted.
/// Where there was no handshake nobody knows whether it has one.
void demanded_staple_is_there(const Certificate& end_entity, const VerifyRequest& request,
                              PathFindings& findings) {
    if (request.staple || !demands_a_staple(end_entity)) return;
    const std::string detail = findings.name(0) + " demands a stapled OCSP response, and there is none";
    if (request.staple_was_asked_for)
        findings.refuse(Reason::staple_required, 0, detail);
    else
        findings.warn(to_string(Reason::staple_required), 0, detail);
}

/// RFC 6960 section 3.2: an answer counts when it is genuine, of now, and about this certificate. One that
/// does not is as good as none.
void staple_says_good(const Certificate& end_entity, const Certificate& issuer, const VerifyRequest& request,
                      PathFindings& findings) {
    if (!request.staple) return;
    const OcspAnswer answer = request.staple->about(end_entity, issuer, request.at);
    switch (answer.status) {
        case OcspAnswer::Status::good:
            break;
        case OcspAnswer::Status::revoked:
            findings.refuse(Reason::revoked, 0, findings.name(0) + ": " + answer.detail);
            break;
        case OcspAnswer::Status::unknown:
        case OcspAnswer::Status::unusable:
            findings.refuse(
                demands_a_staple(end_entity) ? Reason::staple_required : Reason::revocation_unknown, 0,
                findings.name(0) + ": " + answer.detail);
            break;
    }
}

}  // namespace

void judge_staple(const CertificatePath& path, const VerifyRequest& request, PathFindings& findings) {
    demanded_staple_is_there(*path.front(), request, findings);
    if (path.size() > 1) staple_says_good(*path[0], *path[1], request, findings);
}

}  // namespace chainmend::certs
