#pragma once

#include <string_view>

#include "certs/path_findings.h"

namespace chainmend::certs {

/// True when the presented dNSName is for `host`: equal but for case, or "*." and a name that `host` has
/// exactly one more label than (RFC 9525 section 6.3). The wildcard is the whole leftmost label, and at least
/// two labels follow. `host` is canonical (ReferenceIdentity).
bool dns_name_matches(std::string_view presented, std::string_view host);

/// The certificate is for the reference identity (RFC 9525), and holds the e-mail addresses asked for.
void judge_identity(const Certificate& end_entity, const VerifyRequest& request, PathFindings& findings);

}  // namespace chainmend::certs
