#pragma once

#include <span>

namespace chainmend::proxy {

/// What a client trusts when none of its variables is set.
enum class OwnTrust {
    system_store,  ///< the system's
    list_of_its_own,
};

/// How one client decides where it goes and whom it trusts, as far as the environment tells.
struct ClientRule {
    const char* name;
    const char* programs;         ///< names of programs that are it or use it, separated by spaces
    const char* proxy_variables;  ///< for https, the one that wins first
    const char* trust_variables;  ///< likewise
    OwnTrust own_trust;
};

std::span<const ClientRule> client_rules();

/// A variable that switches a client's own verification off.
struct UnsafeVariable {
    const char* name;
    const char* value;  ///< nullptr: any
    const char* effect;
};

std::span<const UnsafeVariable> unsafe_variables();

}  // namespace chainmend::proxy
