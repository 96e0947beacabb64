#pragma once

#include "certs/path_findings.h"

namespace chainmend::certs {

/// The rules about the OCSP response that came with the end entity certificate, VerifyRequest::staple.
void judge_staple(const CertificatePath& path, const VerifyRequest& request, PathFindings& findings);

}  // namespace chainmend::certs
