#include "certs/anchor_limits.h"

#include "certs/path_findings.h"
#include "config/host_pattern.h"

namespace chainmend::certs {
namespace {

void judge_limit(const AnchorLimit& limit, int depth, const Certificate& end_entity,
                 const VerifyRequest& request, PathFindings& findings) {
    if (!limit.only_for.empty()) {
        const bool allowed = request.identity && host_matches_any(limit.only_for, request.identity->text());
        if (!allowed) {
            findings.refuse(Reason::untrusted_root, depth,
                            findings.name(depth) + " is trusted for other hosts only (trust.only_for)");
        }
    }
    const auto begin = end_entity.not_before();
    if (limit.issued_until && (!begin || *begin > *limit.issued_until)) {
        findings.refuse(Reason::untrusted_root, depth,
                        findings.name(depth) + " vouches for certificates that begin no later than " +
                            to_date(*limit.issued_until) + " (trust.distrust_after); this one begins on " +
                            (begin ? to_date(*begin) : "no date"));
    }
}

}  // namespace

void AnchorLimits::allow_only(const Sha256& fingerprint, const std::vector<std::string>& hosts) {
    auto& patterns = limits_[fingerprint].only_for;
    patterns.insert(patterns.end(), hosts.begin(), hosts.end());
}

void AnchorLimits::allow_until(const Sha256& fingerprint, Time last) {
    auto& until = limits_[fingerprint].issued_until;
    if (!until || last < *until) until = last;
}

const AnchorLimit* AnchorLimits::by(const Sha256& fingerprint) const {
    const auto limit = limits_.find(fingerprint);
    return limit == limits_.end() ? nullptr : &limit->second;
}

std::vector<const AnchorLimit*> AnchorLimits::of(const Certificate& certificate) const {
    std::vector<const AnchorLimit*> found;
    for (const Sha256& fingerprint : {certificate.sha256(), certificate.spki_sha256()}) {
        if (const auto* limit = by(fingerprint)) found.push_back(limit);
    }
    return found;
}

void judge_anchor_limits(const CertificatePath& path, const VerifyRequest& request, PathFindings& findings) {
    if (!request.anchor_limits) return;
    // A CA that is itself the end entity is limited like any other.
    for (std::size_t i = path.size() == 1 ? 0 : 1; i < path.size(); ++i) {
        for (const AnchorLimit* limit : request.anchor_limits->of(*path[i]))
            judge_limit(*limit, static_cast<int>(i), *path.front(), request, findings);
    }
}

}  // namespace chainmend::certs
