#include "certs/partial_path.h"

#include "certs/algorithm_rules.h"
#include "certs/distrust_rules.h"
#include "certs/extension_rules.h"
#include "certs/issuer_rules.h"
#include "certs/name_constraints.h"
#include "certs/path_findings.h"
#include "certs/pin_rules.h"
#include "certs/validity_rules.h"

namespace chainmend::certs {
namespace {

PathJudgement judge_alone(const CertificatePtr& issuer, bool is_anchor, const VerifyRequest& request) {
    // The rules name a certificate by its place: 1 is an intermediate among three and the anchor of two.
    const CertificatePath place(is_anchor ? 2 : 3, issuer);
    PathFindings findings(place, request);
    judge_distrust(*issuer, 1, request, findings);
    judge_form(*issuer, 1, is_anchor, findings);
    judge_algorithms(*issuer, 1, is_anchor, findings);
    judge_validity(*issuer, 1, request.at, findings);
    judge_issuer(*issuer, 1, is_anchor, request.purpose, findings);
    Failure failure = findings.failure();
    failure.depth = 0;
    return {std::move(failure), {}};
}

}  // namespace

PathJudgement judge_intermediate(const CertificatePtr& issuer, const VerifyRequest& request) {
    return judge_alone(issuer, false, request);
}

PathJudgement judge_anchor(const CertificatePtr& anchor, const VerifyRequest& request) {
    return judge_alone(anchor, true, request);
}

PathJudgement judge_constraints_so_far(const CertificatePath& path, const VerifyRequest& request) {
    CertificatePath named = path;
    named.push_back(path.back());  // so that the last one is not called the anchor
    PathFindings findings(named, request);
    judge_name_constraints(path, findings);
    return {findings.failure(), {}};
}

PathJudgement judge_pins_so_far(const CertificatePath& path, const VerifyRequest& request) {
    PathFindings findings(path, request);
    judge_pins(path, request, findings);
    return {findings.failure(), findings.take_warnings()};
}

}  // namespace chainmend::certs
