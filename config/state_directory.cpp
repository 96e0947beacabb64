#include "config/state_directory.h"

#include <string_view>

namespace chainmend::config {
namespace {

void replace(std::string& path, const std::string& directory) {
    constexpr std::string_view placeholder = "<state>";
    if (path.starts_with(placeholder)) path.replace(0, placeholder.size(), directory);
}

void replace(std::vector<std::string>& paths, const std::string& directory) {
    for (std::string& path : paths)
        replace(path, directory);
}

}  // namespace

std::vector<ConfigCandidate> config_candidates(const std::string& given, const FileEnvironment& environment) {
    if (!given.empty()) return {{given, true}};
    if (environment.chainmend_config) return {{*environment.chainmend_config, true}};
    std::vector<ConfigCandidate> candidates;
    if (environment.config_home) {
        candidates.push_back({*environment.config_home + "/chainmend/config.toml"});
    } else if (environment.home) {
        candidates.push_back({*environment.home + "/.config/chainmend/config.toml"});
    }
    candidates.push_back({"/etc/chainmend/config.toml"});
    return candidates;
}

std::string state_directory(const FileEnvironment& environment) {
    if (environment.state_home) return *environment.state_home + "/chainmend";
    if (environment.home) return *environment.home + "/.local/state/chainmend";
    return "/var/lib/chainmend";
}

void replace_state_directory(Settings& settings, const std::string& directory) {
    for (std::string* path : {&settings.repair.store, &settings.intercept.ca_dir, &settings.history.database,
                              &settings.log.file, &settings.listen.auth, &settings.verify.revocation_cache}) {
        replace(*path, directory);
    }
    for (auto* paths :
         {&settings.trust.files, &settings.trust.dirs, &settings.repair.preload, &settings.verify.crl_files})
        replace(*paths, directory);
    for (HostRule& rule : settings.hosts) {
        replace(rule.trust_files, directory);
        replace(rule.client_certificate, directory);
    }
}

}  // namespace chainmend::config
