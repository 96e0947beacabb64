#pragma once

#include "certs/path_findings.h"

namespace chainmend::certs {

/// What everybody is told who comes by this proxy's own signing CA where servers are judged.
inline constexpr const char* own_ca_detail = "this proxy's own signing CA is never trusted for servers";

/// What is on the list of distrusted certificates is on no path. `depth` is its place on the path.
void judge_distrust(const Certificate& certificate, int depth, const VerifyRequest& request,
                    PathFindings& findings);

}  // namespace chainmend::certs
