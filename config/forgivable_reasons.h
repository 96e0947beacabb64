#pragma once

#include <string>
#include <vector>

namespace chainmend {

/// The reasons of a refusal that an [[exception]] may forgive. Not among them is what says that the server's
/// key can not be relied on (revoked, pin_mismatch), that what was sent is broken or can not be judged
/// (malformed_certificate, bad_signature, not_a_ca, path_length, unknown_critical_extension, build_limit), or
/// that the settings forbid it (policy, leaf_as_anchor, max_depth).
const std::vector<std::string>& forgivable_reasons();

}  // namespace chainmend
