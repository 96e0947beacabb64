#pragma once

#include <vector>

#include "certs/verify_request.h"

namespace chainmend::certs {

/// True when the form of a CRL allows to believe that what it does not list is good (RFC 5280 section 5): it
/// has a crlNumber that is not critical and a nextUpdate, and may revoke. Whether it is genuine, timely and
/// about a certificate is judged with the path.
bool may_acquit(const Crl& crl, Profile profile);

/// True when what a CRL lists is revoked: it is signed with a strong algorithm. One that may not acquit, for
/// want of a number or an end, is none the less its issuer's word about what it does list.
bool may_revoke(const Crl& crl, Profile profile);

/// Those of `certificates` that may sign a CRL without being on the path: they keep the rules for keys,
/// signatures and validity that certificates of a path keep. Whether they lead to the anchor is judged with
/// the path.
std::vector<CertificatePtr> usable_crl_issuers(const std::vector<CertificatePtr>& certificates,
                                               const VerifyRequest& request);

}  // namespace chainmend::certs
