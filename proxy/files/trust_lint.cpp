#include "proxy/files/trust_lint.h"

#include "certs/partial_path.h"

namespace chainmend::proxy {
namespace {

/// Long enough to get a new root to every client.
constexpr std::chrono::days soon{90};

void lint_anchor(const certs::Anchor& anchor, Time now, std::vector<TrustFinding>& findings) {
    const certs::Certificate& certificate = *anchor.certificate;
    const std::string name =
        "\"" + certificate.display_name() + "\" (SHA-256 " + short_fingerprint(certificate) + ")";
    const auto find = [&](const char* code, const std::string& text) {
        findings.push_back({code, anchor.origin, name + " " + text});
    };
    const Time begins = certificate.not_before().value_or(Time::max());
    const Time ends = certificate.not_after().value_or(Time::min());
    if (now > ends) {
        find("expired", "expired on " + to_date(ends));
    } else if (now + soon > ends) {
        find("expires_soon", "expires on " + to_date(ends));
    }
    if (now < begins) find("not_yet_valid", "is not valid before " + to_date(begins));
    if (!certificate.is_self_signed()) find("not_self_signed", "is an anchor and not self-signed");
    certs::VerifyRequest request;
    request.at = now;
    const auto judgement = certs::judge_anchor(anchor.certificate, request);
    const auto reason = judgement.failure.reason;
    if (!judgement.ok() && reason != certs::Reason::expired && reason != certs::Reason::not_yet_valid) {
        find(to_string(reason), "can not end a path: " + judgement.failure.detail);
    }
}

}  // namespace

std::vector<TrustFinding> lint_trust(const LoadedTrust& trust, Time now) {
    std::vector<TrustFinding> findings;
    for (const TrustProblem& problem : trust.problems)
        findings.push_back({"problem", problem.setting, problem.message});
    for (const std::string& note : trust.notes)
        findings.push_back({"note", "trust", note});
    for (const TrustOrigin& origin : trust.origins) {
        if (origin.duplicates == 0) continue;
        findings.push_back(
            {"duplicate", origin.file,
             std::to_string(origin.duplicates) + " of its certificates are anchors from elsewhere already"});
    }
    if (trust.store == nullptr) return findings;
    for (const certs::Anchor& anchor : trust.store->anchors())
        lint_anchor(anchor, now, findings);
    return findings;
}

}  // namespace chainmend::proxy
