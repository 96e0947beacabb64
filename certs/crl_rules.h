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

}  // namespace chainmend::certs
