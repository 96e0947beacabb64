#pragma once

#include <string>
#include <vector>

#include "config/time.h"
#include "proxy/files/trust_loader.h"

namespace chainmend::proxy {

/// Something about the trust store that somebody should look at.
struct TrustFinding {
    std::string code;  ///< problem, note, duplicate, expired, expires_soon, not_yet_valid, not_self_signed or
                       ///< a reason
    std::string where;  ///< the setting or the file
    std::string text;
};

/// Looks over what load_trust() found, whether or not it may be used: every problem and note, and of the
/// anchors those that have expired or are not valid yet at `now`, end within 90 days, or have an RSA key
/// below 2048 bits.
std::vector<TrustFinding> lint_trust(const LoadedTrust& trust, Time now);

}  // namespace chainmend::proxy
