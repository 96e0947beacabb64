#pragma once

#include <vector>

#include "config/bytes.h"

namespace chainmend::certs {

/// Public keys, as SHA-256 of their SubjectPublicKeyInfo (RFC 7469 section 2.4), of which one must be on the
/// validated path: the server's own, an intermediate's or the anchor's.
struct PinSet {
    std::vector<Sha256> pins;
    std::vector<Sha256> backups;  ///< count as well; the use of one is warned of
    bool report_only = false;     ///< a mismatch is a warning
};

}  // namespace chainmend::certs
