#include "certs/crl_judgement.h"

#include <algorithm>

#include "certs/crl_rules.h"
#include "certs/delta_crl.h"
#include "certs/libcrypto_verification.h"

namespace chainmend::certs {
namespace {

RevocationFinding finding_from(const CrlJudgement& judgement, const std::vector<GivenCrl>& lists) {
    RevocationFinding finding;
    finding.source = RevocationSource::crl;
    finding.detail = judgement.detail;
    if (judgement.reason == Reason::revocation_unknown) return finding;
    finding.status = judgement.reason == Reason::revoked ? RevocationStatus::revoked : RevocationStatus::good;
    for (const std::size_t place : judgement.lists) {
        const GivenCrl& list = lists[place];
        const auto begin = list.crl->this_update();
        const auto end = list.crl->next_update();
        if (begin && (!finding.this_update || *begin > *finding.this_update)) finding.this_update = begin;
        if (end && (!finding.next_update || *end < *finding.next_update)) finding.next_update = end;
        finding.origin = list.origin;  // the last is the list itself; what comes before is a delta to it
    }
    return finding;
}

std::vector<RevocationFinding> judged(const CertificatePath& path, const VerifyRequest& request,
                                      const std::vector<GivenCrl>& lists, CrlIssuers issuers) {
    std::vector<CrlPtr> crls;
    for (const GivenCrl& list : lists)
        crls.push_back(list.crl);
    std::vector<RevocationFinding> findings;
    for (const CrlJudgement& judgement : judge_crls_with_libcrypto(path, crls, request, issuers)) {
        findings.push_back(finding_from(judgement, lists));
        findings.back().depth = static_cast<int>(findings.size()) - 1;
    }
    return findings;
}

bool is_on_path(const CertificatePtr& issuer, const CertificatePath& path) {
    return std::any_of(path.begin(), path.end(),
                       [&](const auto& element) { return element->sha256() == issuer->sha256(); });
}

/// What libcrypto makes of them: it reads a delta only where a list or a certificate says that there is one,
/// and of several only the first that fits.
std::vector<RevocationFinding> judged_together(const CertificatePath& path, const VerifyRequest& request) {
    std::vector<GivenCrl> acquitting;
    std::vector<GivenCrl> revoking;
    for (const GivenCrl& list : newest_first(request.crls)) {
        if (may_acquit(*list.crl, request.profile)) acquitting.push_back(list);
        if (may_revoke(*list.crl, request.profile)) revoking.push_back(list);
    }
    auto findings = judged(path, request, acquitting, CrlIssuers::checked);
    const bool all_on_path =
        std::all_of(request.crl_issuers.begin(), request.crl_issuers.end(),
                    [&](const CertificatePtr& issuer) { return is_on_path(issuer, path); });
    if (acquitting.size() == revoking.size() && all_on_path) return findings;
    const auto accused = judged(path, request, revoking, CrlIssuers::unchecked);
    for (std::size_t depth = 0; depth < findings.size(); ++depth) {
        if (accused[depth].status == RevocationStatus::revoked) findings[depth] = accused[depth];
    }
    return findings;
}

/// A delta that could not be combined with a list is its issuer's word all the same about what it does list,
/// unless a list came out after it.
void hear_delta(RevocationFinding& finding, const GivenCrl& delta, const CertificatePath& path, Time at) {
    const auto depth = static_cast<std::size_t>(finding.depth);
    const auto since = delta.crl->this_update();
    const bool is_newer = !finding.this_update || (since && *since >= *finding.this_update);
    if (finding.status == RevocationStatus::revoked || !is_newer) return;
    const auto word = word_of(*delta.crl, *path[depth], *path[depth + 1], at);
    if (word == DeltaWord::nothing) return;
    finding.status = word == DeltaWord::revoked ? RevocationStatus::revoked : RevocationStatus::unknown;
    finding.origin = delta.origin;
    finding.this_update = since;
    finding.next_update = delta.crl->next_update();
    finding.detail = word == DeltaWord::revoked
                         ? "its issuer has revoked it, says a delta list"
                         : "a delta list that lists it has a critical extension that is not understood";
}

}  // namespace

std::vector<RevocationFinding> judge_crls(const CertificatePath& path, const VerifyRequest& request) {
    auto findings = judged_together(path, request);
    for (const GivenCrl& list : request.crls) {
        if (!is_delta(*list.crl) || !may_revoke(*list.crl, request.profile)) continue;
        for (RevocationFinding& finding : findings)
            hear_delta(finding, list, path, request.at);
    }
    return findings;
}

}  // namespace chainmend::certs
