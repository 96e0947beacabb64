#include "certs/reason.h"

namespace chainmend::certs {

const char* to_string(Reason reason) {
    switch (reason) {
        case Reason::ok:
            return "ok";
        case Reason::issuer_not_found:
            return "issuer_not_found";
        case Reason::untrusted_root:
            return "untrusted_root";
        case Reason::expired:
            return "expired";
        case Reason::not_yet_valid:
            return "not_yet_valid";
        case Reason::host_mismatch:
            return "host_mismatch";
        case Reason::no_san:
            return "no_san";
        case Reason::bad_signature:
            return "bad_signature";
        case Reason::weak_signature:
            return "weak_signature";
        case Reason::weak_key:
            return "weak_key";
        case Reason::bad_eku:
            return "bad_eku";
        case Reason::bad_key_usage:
            return "bad_key_usage";
        case Reason::not_a_ca:
            return "not_a_ca";
        case Reason::path_length:
            return "path_length";
        case Reason::max_depth:
            return "max_depth";
        case Reason::name_constraint:
            return "name_constraint";
        case Reason::unknown_critical_extension:
            return "unknown_critical_extension";
        case Reason::malformed_certificate:
            return "malformed_certificate";
        case Reason::revoked:
            return "revoked";
        case Reason::revocation_unknown:
            return "revocation_unknown";
        case Reason::staple_required:
            return "staple_required";
        case Reason::pin_mismatch:
            return "pin_mismatch";
        case Reason::leaf_as_anchor:
            return "leaf_as_anchor";
        case Reason::policy:
            return "policy";
        case Reason::build_limit:
            return "build_limit";
        case Reason::fetch_limit:
            return "fetch_limit";
        case Reason::fetch_blocked:
            return "fetch_blocked";
    }
    return "";
}

std::optional<Reason> reason_from(std::string_view name) {
    for (int value = static_cast<int>(Reason::ok); value <= static_cast<int>(Reason::fetch_blocked);
         ++value) {
        const auto reason = static_cast<Reason>(value);
        if (name == to_string(reason)) return reason;
    }
    return std::nullopt;
}

int rank(Reason reason) {
    switch (reason) {
        // A statement by somebody in authority, or by the operator, about exactly this certificate.
        case Reason::revoked:
            return 100;
        case Reason::pin_mismatch:
            return 98;
        case Reason::leaf_as_anchor:
            return 96;
        // The end entity certificate itself: no other path could mend it.
        case Reason::host_mismatch:
            return 90;
        case Reason::no_san:
            return 89;
        // The path reached an anchor. First what a person can act upon and what is most often the whole
        // story.
        case Reason::expired:
            return 80;
        case Reason::not_yet_valid:
            return 79;
        case Reason::staple_required:
            return 78;
        case Reason::name_constraint:
            return 74;
        case Reason::path_length:
            return 73;
        case Reason::not_a_ca:
            return 72;
        case Reason::bad_key_usage:
            return 71;
        case Reason::bad_eku:
            return 70;
        case Reason::weak_signature:
            return 69;
        case Reason::weak_key:
            return 68;
        case Reason::unknown_critical_extension:
            return 67;
        case Reason::malformed_certificate:
            return 66;
        case Reason::policy:
            return 65;
        case Reason::max_depth:
            return 64;
        case Reason::revocation_unknown:
            return 60;
        // The search was cut short: whether there is a good path is not known.
        case Reason::build_limit:
            return 50;
        case Reason::fetch_limit:
            return 41;
        case Reason::fetch_blocked:
            return 40;
        // The path reached no anchor.
        case Reason::untrusted_root:
            return 30;
        case Reason::bad_signature:
            return 20;
        case Reason::issuer_not_found:
            return 10;
        case Reason::ok:
            return 0;
    }
    return 0;
}

}  // namespace chainmend::certs
