#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "certs/path_findings.h"

namespace chainmend::certs {

/// Runs X509_verify_cert over exactly this path: its anchor is the only trusted certificate and every issuer
/// is pinned to the next certificate of the path, so that libcrypto can neither choose another path (twins of
/// the same name) nor a shorter one. Checks signatures, basic constraints, path lengths and policies (initial
/// policy set any; requireExplicitPolicy honoured). Revocation is judge_crls_with_libcrypto's.
///
/// Our own rules overrule it in the named cases where it is known to be wrong, and nowhere else: validity (it
/// excludes the last second) and name constraints.
void judge_with_libcrypto(const CertificatePath& path, const VerifyRequest& request, PathFindings& findings);

/// What libcrypto makes of revocation lists for one certificate.
struct CrlJudgement {
    Reason reason = Reason::revocation_unknown;  ///< ok, revoked or revocation_unknown
    std::string detail = {};                     ///< empty for ok
    std::vector<std::size_t> lists = {};  ///< the places of those that tell about it: a list, deltas to it
};

/// How sure the issuer of a list must be that is not on the path itself.
enum class CrlIssuers {
    checked,    ///< verified up to the anchor, and a list says that it is not revoked itself
    unchecked,  ///< verified up to the anchor
};

/// What `lists` say about each certificate below the end of a path that was judged before, by depth:
/// Reason::ok (every reason code is covered by a genuine and timely list, RFC 5280 section 6.3.3), revoked,
/// or revocation_unknown. Delta lists, indirect lists and the scope of issuing distribution points are
/// libcrypto's to judge; what it can not judge is unknown. Of the request the time, the depth and the issuers
/// of lists are used.
std::vector<CrlJudgement> judge_crls_with_libcrypto(const CertificatePath& path,
                                                    const std::vector<CrlPtr>& lists,
                                                    const VerifyRequest& request, CrlIssuers issuers);

}  // namespace chainmend::certs
