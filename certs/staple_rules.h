#pragma once

#include "certs/path_findings.h"

namespace chainmend::certs {

/// RFC 7633: status_request (5) or status_request_v2 (17) among the TLS features. What a CA promises it
/// promises for those below it; one that does not decode promises something.
bool promises_staple(const Certificate& certificate);

/// The rules about the OCSP response that came with the end entity certificate, VerifyRequest::staple.
void judge_staple(const CertificatePath& path, const VerifyRequest& request, PathFindings& findings);

}  // namespace chainmend::certs
