#pragma once

#include "certs/path_validator.h"

namespace chainmend::certs {

/// What can be said about a path before its anchor is known. Each of these only refuses what judge_path would
/// refuse on every path that goes on from there, so that a search may turn back at once.

/// The rules that an issuer below the anchor keeps or breaks by itself: not being distrusted, form,
/// algorithms, validity, being a CA that may sign. The depth of the failure is 0 and means this certificate.
PathJudgement judge_intermediate(const CertificatePtr& issuer, const VerifyRequest& request);

/// The same for an anchor.
PathJudgement judge_anchor(const CertificatePtr& anchor, const VerifyRequest& request);

/// The name constraints of all issuers of `path`, end entity first, on everything below them.
PathJudgement judge_constraints_so_far(const std::vector<CertificatePtr>& path, const VerifyRequest& request);

/// The pins of the request on what there is of a path.
PathJudgement judge_pins_so_far(const std::vector<CertificatePtr>& path, const VerifyRequest& request);

}  // namespace chainmend::certs
