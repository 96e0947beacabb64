#include "proxy/unsupported_settings.h"

namespace chainmend::proxy {

Result<void> check_supported(const config::Settings& settings) {
    const auto refuse = [](const char* setting) {
        return Error{ErrorCode::configuration, std::string(setting) + " is not supported by this version"};
    };
    if (!settings.listen.auth.empty()) return refuse("listen.auth");
    if (!settings.listen.proxy_protocol_from.empty()) return refuse("listen.proxy_protocol_from");
    if (!settings.upstream.proxy.empty()) return refuse("upstream.proxy");
    for (const auto& rule : settings.hosts) {
        if (rule.action == config::HostAction::pass) return refuse("[[host]] action = \"pass\"");
        if (!rule.client_certificate.empty()) return refuse("[[host]] client_certificate");
        if (rule.upstream_proxy) return refuse("[[host]] upstream.proxy");
    }
    return {};
}

}  // namespace chainmend::proxy
