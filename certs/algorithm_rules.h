#pragma once

#include "certs/path_findings.h"

namespace chainmend::certs {

/// SHA-2 and SHA-3 with at least 112 bits of strength; `nid` as in libcrypto.
bool is_strong_digest(int nid);

/// The rules about keys and signatures of one certificate, in any place. The signature of an anchor proves
/// nothing and is not looked at.
void judge_algorithms(const Certificate& certificate, int depth, bool is_anchor, PathFindings& findings);

}  // namespace chainmend::certs
