#pragma once

#include "certs/path_findings.h"

namespace chainmend::certs {

/// The rules for certificates that issue others: the intermediates and the anchor of a path.
void judge_issuer(const Certificate& issuer, int depth, bool is_anchor, Purpose purpose,
                  PathFindings& findings);

/// The rules that look along the path: names chain, path lengths, the number of intermediates.
void judge_chaining(const CertificatePath& path, int max_depth, PathFindings& findings);

}  // namespace chainmend::certs
