#pragma once

#include "certs/path_findings.h"

namespace chainmend::certs {

/// The rules about keys and signatures of one certificate, in any place. The signature of an anchor proves nothing
/// and is not looked at.
void judge_algorithms(const Certificate& certificate, int depth, bool is_anchor, PathFindings& findings);

}  // namespace chainmend::certs
