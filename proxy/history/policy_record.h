#pragma once

#include <memory>
#include <string>

#include "config/bytes.h"

namespace chainmend::proxy {

/// By which rules was decided: what the settings say about trust, repair and verification, and the trust
/// store they came to. Kept once for all decisions made by the same.
struct PolicyRecord {
    Sha256 hash{};     ///< over `text`
    std::string text;  ///< lines "KEY = VALUE"
};
using PolicyPtr = std::shared_ptr<const PolicyRecord>;

}  // namespace chainmend::proxy
