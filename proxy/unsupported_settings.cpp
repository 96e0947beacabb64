#include "proxy/unsupported_settings.h"

namespace chainmend::proxy {

Result<void> check_supported(const config::Settings& settings) {
    const auto refuse = [](const char* setting) {
        return Error{ErrorCode::configuration, std::string(setting) + " is not supported by this version"};
    };
    if (!settings.exceptions.empty()) return refuse("[[exception]]");
    if (settings.verify.revocation == config::Revocation::soft) return refuse("verify.revocation = \"soft\"");
    if (settings.verify.revocation == config::Revocation::hard) return refuse("verify.revocation = \"hard\"");
    for (const auto& rule : settings.hosts) {
        if (rule.action == config::HostAction::pass) return refuse("[[host]] action = \"pass\"");
        if (!rule.trust_files.empty()) return refuse("[[host]] trust.files");
        if (!rule.pins.empty()) return refuse("[[host]] pins");
        if (rule.profile) return refuse("[[host]] profile");
        if (rule.min_tls) return refuse("[[host]] min_tls");
    }
    return {};
}

}  // namespace chainmend::proxy
