#pragma once

#include "certs/mint.h"
#include "certs/verdict.h"

namespace chainmend::certs {

/// What is wrong with a certificate that is shown in place of a refused one.
enum class Defect { expired, not_yet_valid, wrong_name, untrusted_issuer };

/// The defect by which a client comes to the same conclusion as the verdict did; what clients have no own
/// word for is an issuer that nobody trusts.
Defect defect_like(Reason reason);

/// A certificate for `identity` that every client which verifies must refuse, for this reason. It is below
/// the signing CA where the defect leaves it without use to anybody (out of date, or for a name that can not
/// exist), else below a CA made for this one time, whose key is forgotten.
Result<MintedCertificatePtr> mimic_certificate(const Mint& mint, const ReferenceIdentity& identity,
                                               KeyType key_type, Defect defect, Time now);

}  // namespace chainmend::certs
