#pragma once

#include <vector>

#include "certs/path_findings.h"
#include "certs/revocation.h"

namespace chainmend::certs {

/// What the request's lists say about each certificate below the end of a path that is known to be good, by
/// depth. A certificate is good when a genuine and timely list of the right scope says so that may acquit,
/// and whose issuer is on the path or is known to be good itself. Revoked it is by any list that may revoke
/// (see crl_rules.h), where none that is newer acquits it; a delta list revokes what it lists even where
/// there is no list that it could be combined with. Everything else is unknown, with the cause in `detail`.
///
/// A finding tells of the lists that cover the certificate, and of no others: where they come from, since
/// when the newest holds and until when the first of them does.
std::vector<RevocationFinding> judge_crls(const CertificatePath& path, const VerifyRequest& request);

}  // namespace chainmend::certs
