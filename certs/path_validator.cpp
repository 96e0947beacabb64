#include "certs/path_validator.h"

#include "certs/algorithm_rules.h"
#include "certs/anchor_limits.h"
#include "certs/distrust_rules.h"
#include "certs/end_entity_rules.h"
#include "certs/extension_rules.h"
#include "certs/identity_rules.h"
#include "certs/issuer_rules.h"
#include "certs/libcrypto_verification.h"
#include "certs/name_constraints.h"
#include "certs/path_findings.h"
#include "certs/pin_rules.h"
#include "certs/revocation_rules.h"
#include "certs/validity_rules.h"

namespace chainmend::certs {
namespace {

PathJudgement judgement(PathFindings& findings) {
    return {findings.failure(), findings.take_warnings()};
}

/// RFC 5280 section 6.1.1(d): only a CA can be an anchor. A server that serves the very CA certificate that
/// is trusted stays possible: the rules for end entities have their say about it.
void single_certificate_is_a_ca(const Certificate& certificate, PathFindings& findings) {
    if (certificate.is_ca()) return;
    findings.refuse(
        Reason::leaf_as_anchor, 0,
        findings.name(0) + " is trusted itself, but is no CA; put its issuer into the trust store");
}

void judge_certificate(const Certificate& certificate, int depth, bool is_anchor,
                       const VerifyRequest& request, PathFindings& findings) {
    judge_distrust(certificate, depth, request, findings);
    judge_form(certificate, depth, is_anchor, findings);
    judge_algorithms(certificate, depth, is_anchor, findings);
    judge_validity(certificate, depth, request.at, findings);
    if (depth > 0) judge_issuer(certificate, depth, is_anchor, request.purpose, findings);
}

void judge_as_end_entity(const Certificate& end_entity, const VerifyRequest& request,
                         PathFindings& findings) {
    judge_identity(end_entity, request, findings);
    judge_end_entity_form(end_entity, request.purpose, findings);
}

}  // namespace

PathJudgement judge_path(const CertificatePath& path, const VerifyRequest& request) {
    PathFindings findings(path, request);
    if (path.empty()) {
        findings.refuse(Reason::issuer_not_found, 0, "there is no certificate");
        return judgement(findings);
    }
    const int last = static_cast<int>(path.size()) - 1;
    if (last == 0) single_certificate_is_a_ca(*path[0], findings);
    for (int depth = 0; depth <= last; ++depth) {
        judge_certificate(*path[static_cast<std::size_t>(depth)], depth, depth == last, request, findings);
    }
    judge_as_end_entity(*path[0], request, findings);
    judge_chaining(path, request.max_depth, findings);
    judge_name_constraints(path, findings);
    judge_anchor_limits(path, request, findings);
    // The dearest part comes last, and only for paths that are good so far: what it could add is no more
    // telling.
    if (!findings.refused()) judge_with_libcrypto(path, request, findings);
    if (!findings.refused()) judge_given_revocation(path, request, findings);
    if (!findings.refused()) judge_pins(path, request, findings);
    return judgement(findings);
}

PathJudgement judge_end_entity(const CertificatePtr& end_entity, const VerifyRequest& request) {
    const CertificatePath alone{end_entity};
    PathFindings findings(alone, request);
    judge_certificate(*end_entity, 0, false, request, findings);
    judge_as_end_entity(*end_entity, request, findings);
    return judgement(findings);
}

}  // namespace chainmend::certs
