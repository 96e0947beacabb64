#pragma once

#include "certs/path_findings.h"
#include "certs/revocation.h"

namespace chainmend::certs {

/// What is known of each certificate on a path below its end before anybody is asked: from the response and
/// the lists of the request, and from the certificates themselves. Of a path of one certificate that one is
/// told of; nobody can vouch for it. `path` was judged good but for revocation. Mode and outcome are left to
/// the caller.
RevocationAccount account_at_hand(const CertificatePath& path, const VerifyRequest& request);

/// What refuses although something may be unknown.
struct RevocationDemand {
    RevocationMode mode = RevocationMode::hard;
    bool end_entity_only = false;  ///< in mode hard nothing need be known of the others
    bool staple = true;            ///< a staple that is promised must be there
};

/// What is wrong with a path of which this is known; Reason::ok: nothing. Of the account the mode is not
/// looked at.
Failure revocation_failure(const CertificatePath& path, const RevocationAccount& account,
                           const RevocationDemand& demand);

/// The rules about what was given of revocation, VerifyRequest::crls and staple: where anything is, it must
/// tell what mode hard demands. A promised staple that is not there is a warning: the chain may come from
/// files, and whoever has a handshake in view judges with RevocationCheck.
void judge_given_revocation(const CertificatePath& path, const VerifyRequest& request,
                            PathFindings& findings);

}  // namespace chainmend::certs
