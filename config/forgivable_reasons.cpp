#include "config/forgivable_reasons.h"

namespace chainmend {

const std::vector<std::string>& forgivable_reasons() {
    static const std::vector<std::string> reasons{
        "expired",          "not_yet_valid",      "host_mismatch",  "no_san",  "untrusted_root",
        "issuer_not_found", "weak_signature",     "weak_key",       "bad_eku", "bad_key_usage",
        "name_constraint",  "revocation_unknown", "staple_required"};
    return reasons;
}

}  // namespace chainmend
