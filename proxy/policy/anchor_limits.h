#pragma once

#include <memory>
#include <string>
#include <vector>

#include "certs/anchor_limits.h"
#include "certs/issuer_store.h"
#include "certs/trust_store.h"
#include "config/result.h"
#include "config/settings.h"

namespace chainmend::proxy {

/// trust.only_for and trust.distrust_after. Null when there are none. ErrorCode::configuration for an entry
/// that can not do what somebody relies on: a name that is neither a fingerprint nor a file that anchors of
/// `trust` came from.
Result<std::shared_ptr<const certs::AnchorLimits>> anchor_limits_of(const config::TrustSettings& settings,
                                                                    const certs::TrustStore& trust);

/// Warnings about fingerprints in trust.only_for and trust.distrust_after that no anchor and no issuer has: a
/// mistyped one restricts nothing.
std::vector<std::string> unknown_limited_cas(const config::TrustSettings& settings,
                                             const certs::TrustStore& trust,
                                             const certs::IssuerStore& issuers);

}  // namespace chainmend::proxy
