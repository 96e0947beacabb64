#include "proxy/tunnel/failure_style.h"

#include "proxy/tunnel/connect_request.h"

namespace chainmend::proxy {

config::FailureStyle failure_style_for(const Snapshot& snapshot, const std::string& host,
                                       const std::string& user_agent) {
    const auto* rule = host_rule_for(snapshot.settings, host);
    if (rule && rule->failure_style) return *rule->failure_style;
    const auto& settings = snapshot.settings.failure;
    return user_agent.starts_with("Mozilla/") ? settings.browser_style : settings.style;
}

}  // namespace chainmend::proxy
