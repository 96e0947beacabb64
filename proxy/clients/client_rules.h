#pragma once

#include <span>

namespace chainmend::proxy {

/// Which settings of its own a client reads beside the variables.
enum class OwnSettings { none, curl, wget, git, npm, pip };

/// What a client trusts when nothing else is said.
enum class OwnTrust {
    system_store,
    list_of_its_own,
    list_not_looked_at,  ///< one of its own, into which the CA may have been put
};

/// When "*" in a list of direct hosts means all hosts.
enum class EveryHost {
    never,
    alone,         ///< when it is the whole list
    among_others,  ///< wherever it stands
};

/// What a client takes a variable for that is there and empty.
enum class EmptyVariable {
    unset,     ///< the next one is looked at
    no_proxy,  ///< the next one is not looked at
};

/// Whether a client looks at variables for its proxy at all.
enum class ReadsProxy {
    always,
    by_version,        ///< Node: only newer ones, and only when they are told to
    when_written,      ///< only programs that ask for it
    when_told,         ///< Perl LWP: only programs that ask for it, or all when a variable says so
    without_password,  ///< but no user and password
};

/// How one client decides where it goes and whom it trusts. Names are separated by spaces, the one that wins
/// first; "(settings)" among them is the place of the client's own settings in that order.
struct ClientRule {
    const char* name;
    const char* programs;         ///< names of programs that are it or use it
    const char* proxy_variables;  ///< for https
    const char* trust_variables;
    OwnTrust own_trust;
    const char* direct_variables = "no_proxy NO_PROXY";  ///< hosts that are reached without the proxy
    EveryHost every_host = EveryHost::never;
    EmptyVariable empty = EmptyVariable::unset;
    OwnSettings own_settings = OwnSettings::none;
    ReadsProxy reads_proxy = ReadsProxy::always;
    /// What python3 prints its list of its own with: a file, or "system". Null: it can not be asked.
    const char* trust_question = nullptr;
};

/// The place of a client's own settings among its variables.
inline constexpr const char* settings_place = "(settings)";

std::span<const ClientRule> client_rules();

/// A variable that switches a client's own verification off.
struct UnsafeVariable {
    const char* name;
    const char* value;  ///< nullptr: any
    const char* effect;
};

std::span<const UnsafeVariable> unsafe_variables();

}  // namespace chainmend::proxy
