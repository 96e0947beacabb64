#pragma once

#include <optional>
#include <string_view>

namespace chainmend::certs {

/// Why a path, or the whole presented chain, is refused. The only vocabulary for that: log, command line,
/// pages and metrics all use to_string(Reason).
enum class Reason {
    ok,
    issuer_not_found,
    untrusted_root,
    expired,
    not_yet_valid,
    host_mismatch,
    no_san,
    bad_signature,
    weak_signature,
    weak_key,
    bad_eku,
    bad_key_usage,
    not_a_ca,
    path_length,
    max_depth,
    name_constraint,
    unknown_critical_extension,
    malformed_certificate,
    revoked,
    revocation_unknown,
    staple_required,
    pin_mismatch,
    leaf_as_anchor,
    policy,
    build_limit,
    fetch_limit,
    fetch_blocked,
};

const char* to_string(Reason reason);

/// How much a failure tells its reader: of several failed paths the one with the highest rank is reported. A
/// path that reached an anchor and failed on one rule ranks above one that reached nothing.
int rank(Reason reason);
std::optional<Reason> reason_from(std::string_view name);

}  // namespace chainmend::certs
