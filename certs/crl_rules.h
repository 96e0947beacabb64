#pragma once

#include <vector>

#include "certs/verify_request.h"

namespace chainmend::certs {

/// True when the form of a CRL allows to rely on it (RFC 5280 section 5): it has a crlNumber that is not
/// critical and a nextUpdate, and is signed with a strong algorithm. Whether it is genuine, timely and about
/// a certificate is judged with the path.
bool is_usable(const Crl& crl, Profile profile);

/// The given CRLs that are usable. Those that are not are as good as missing, and what they alone cover is
/// refused as revocation_unknown.
std::vector<CrlPtr> usable_crls(const VerifyRequest& request);

/// Those of `certificates` that may sign a CRL without being on the path: they keep the rules for keys,
/// signatures and validity that certificates of a path keep. Whether they lead to the anchor is judged with
/// the path.
std::vector<CertificatePtr> usable_crl_issuers(const std::vector<CertificatePtr>& certificates,
                                               const VerifyRequest& request);

}  // namespace chainmend::certs
