#pragma once

#include <optional>
#include <vector>

#include "certs/trust_store.h"
#include "certs/verdict.h"
#include "certs/verify_request.h"

namespace chainmend::certs {

/// What became of one candidate path.
struct PathJudgement {
    Failure failure;  ///< reason ok: the path is good
    std::vector<Warning> warnings;

    bool ok() const { return failure.reason == Reason::ok; }
};

/// Judges one complete candidate path: `path` is end entity first, trust anchor last; a single element is an
/// end entity that is itself the anchor certificate. Runs X509_verify_cert over exactly this path with its
/// anchor alone, preceded by every rule of ours under `request.profile`. Pure and thread-safe.
///
/// It trusts the caller that the last element is an anchor, and nothing else.
PathJudgement judge_path(const std::vector<CertificatePtr>& path, const VerifyRequest& request);

/// The rules that need no path: identity, purpose, key, shape of the end entity certificate. The builder runs
/// it first, so that a wrong host is told even when no path is found.
PathJudgement judge_end_entity(const CertificatePtr& end_entity, const VerifyRequest& request);

}  // namespace chainmend::certs
