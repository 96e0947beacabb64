#pragma once

#include <cstdint>

#include "certs/path_findings.h"

namespace chainmend::certs {

/// RFC 5280 sections 4.2.1.10 and 6.1.4(g): every name of every certificate on the path lies within what each
/// CA above it permits and outside what each excludes. libcrypto's own check is wrong in both directions;
/// this one decides.
///
///   - Each CA's permitted subtrees hold by themselves, so that a CA further down can narrow but never widen.
///   - The anchor's constraints count. Self-issued intermediates are exempt, a self-issued end entity is not.
///   - A wildcard lies within a permitted subtree only when all names it stands for do, and is excluded when
///   any is.
///   - A common name is never a DNS name.
///   - A constraint of a kind that is not understood refuses every certificate that has a name of this kind.
///   - A constraint that is malformed, and a name that is malformed while its kind is constrained, is
///   refused.
void judge_name_constraints(const CertificatePath& path, PathFindings& findings);

/// Comparisons of a name with a constraint that one path may cost, beyond which it is refused: the figure
/// that Go (crypto/x509, MaxConstraintComparisions) and rustls-webpki (Budget) use. It takes a few
/// milliseconds.
constexpr std::int64_t max_name_comparisons = 250'000;

}  // namespace chainmend::certs
