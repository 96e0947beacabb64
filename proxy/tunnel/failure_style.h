#pragma once

#include "proxy/snapshot.h"

namespace chainmend::proxy {

/// How a refusal of this host's server reaches the client: the rule for the host decides, else failure.style,
/// and for browsers, which begin their User-Agent with "Mozilla/", failure.browser_style.
config::FailureStyle failure_style_for(const Snapshot& snapshot, const std::string& host,
                                       const std::string& user_agent);

}  // namespace chainmend::proxy
