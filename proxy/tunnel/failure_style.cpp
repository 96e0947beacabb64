#include "proxy/tunnel/failure_style.h"

namespace chainmend::proxy {

config::FailureStyle failure_style_for(const Snapshot& snapshot, const std::string& host,
                                       const std::string& user_agent) {
    const auto& policy = *snapshot.policies->for_host(host);
    return user_agent.starts_with("Mozilla/") ? policy.browser_style : policy.failure_style;
}

}  // namespace chainmend::proxy
