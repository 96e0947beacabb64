#pragma once

#include "certs/path_findings.h"

namespace chainmend::certs {

/// One of the request's pins is on the path (RFC 7469 section 2.6), which need not be complete. The warning
/// for a backup pin has the code "backup_pin".
void judge_pins(const CertificatePath& path, const VerifyRequest& request, PathFindings& findings);

}  // namespace chainmend::certs
