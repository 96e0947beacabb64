#pragma once

#include "certs/path_findings.h"

namespace chainmend::certs {

/// RFC 5280 sections 4.1.2.5 and 6.1.3(a)(2): `at` lies between notBefore and notAfter, both included.
/// Anchors are held to it as well: a root that has expired is kept in stores by neglect.
void judge_validity(const Certificate& certificate, int depth, Time at, PathFindings& findings);

}  // namespace chainmend::certs
