#pragma once

#include <string>
#include <vector>

#include "config/settings.h"

namespace chainmend::proxy {

/// A [[host]] rule with the pattern by which it is for a host.
struct HostRuleMatch {
    std::size_t index = 0;  ///< in settings.hosts
    std::string pattern;
};

/// Every rule that is for `host`, the one that holds first: by the specificity of its pattern, then by its
/// place in the file. `host` as certs::ReferenceIdentity writes it.
std::vector<HostRuleMatch> matching_rules(const std::vector<config::HostRule>& rules,
                                          const std::string& host);

/// "[[host]] 2 (*.corp.example)", counted from 1 as a person does.
std::string name_of(const HostRuleMatch& match);

}  // namespace chainmend::proxy
