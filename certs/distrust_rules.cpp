#include "certs/distrust_rules.h"

namespace chainmend::certs {

// BR section 4.9.1.2 obliges CAs to revoke intermediates that went wrong; Mozilla's OneCRL, and the
// operator's own list, are how relying parties hear of it.
void judge_distrust(const Certificate& certificate, int depth, const VerifyRequest& request,
                    PathFindings& findings) {
    if (!request.distrust || !request.distrust->covers(certificate)) return;
    // Clients trust it, which is why it is found in trust stores; a server that shows it has got hold of its
    // key, or is this proxy. No exception is for that.
    if (request.distrust->is_own_ca(certificate)) {
        findings.refuse_whatever_is_forgiven(Reason::untrusted_root, depth,
                                             "\"" + certificate.display_name() + "\": " + own_ca_detail);
        return;
    }
    findings.refuse(Reason::revoked, depth,
                    findings.name(depth) + " is on the list of certificates that must not be used");
}

}  // namespace chainmend::certs
