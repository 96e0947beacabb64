#pragma once

#include <string>
#include <vector>

#include "config/settings.h"
#include "config/time.h"

namespace chainmend::proxy {

/// Where one setting that holds for a host comes from.
struct PolicyLine {
    std::string name;   ///< "revocation"
    std::string value;  ///< as in the settings' file
    std::string from;   ///< name_of() the rule, or the section's key: "verify.revocation"
};

struct PolicyException {
    config::ExceptionRule rule;
    bool is_over = false;
};

/// Everything that differs from host to host, as it holds for one.
struct PolicyExplanation {
    std::string host;
    std::string rule;                  ///< the one that holds; empty: none is for this host
    std::vector<std::string> outdone;  ///< rules that are for this host too, and do not hold
    std::vector<PolicyLine> lines;
    std::vector<PolicyException> exceptions;
};

/// `host` as certs::ReferenceIdentity writes it.
PolicyExplanation explain_policy(const config::Settings& settings, const std::string& host, Time now);

}  // namespace chainmend::proxy
