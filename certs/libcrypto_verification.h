#pragma once

#include "certs/path_findings.h"

namespace chainmend::certs {

/// Runs X509_verify_cert over exactly this path: its anchor is the only trusted certificate and every issuer
/// is pinned to the next certificate of the path, so that libcrypto can neither choose another path (twins of
/// the same name) nor a shorter one. Checks signatures, basic constraints, path lengths, policies (initial
/// policy set any; requireExplicitPolicy honoured) and, when the request has CRLs, revocation.
///
/// Our own rules overrule it in the named cases where it is known to be wrong, and nowhere else: validity (it
/// excludes the last second) and name constraints.
void judge_with_libcrypto(const CertificatePath& path, const VerifyRequest& request, PathFindings& findings);

/// What the CRLs of the request say about the first certificate of a path that is known to be good, and of it
/// alone: Reason::ok (every reason code is covered by a genuine and timely list, RFC 5280 section 6.3.3),
/// revoked, or revocation_unknown. Delta lists, indirect lists and the scope of issuing distribution points
/// are libcrypto's to judge; what it can not judge is unknown.
void judge_crls_with_libcrypto(const CertificatePath& path, const VerifyRequest& request,
                               PathFindings& findings);

}  // namespace chainmend::certs
