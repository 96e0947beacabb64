#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/settings.h"

namespace chainmend::config {

/// The parts of the environment that decide where chainmend's files are. Read in proxy/; nullopt when unset
/// or empty.
struct FileEnvironment {
    std::optional<std::string> chainmend_config;  ///< $CHAINMEND_CONFIG
    std::optional<std::string> config_home;       ///< $XDG_CONFIG_HOME
    std::optional<std::string> state_home;        ///< $XDG_STATE_HOME
    std::optional<std::string> home;              ///< $HOME
};

/// A configuration file that may be there. A required one was named by somebody: it is a mistake when it is
/// missing.
struct ConfigCandidate {
    std::string path;
    bool required = false;
};

/// In the order of search: `given` (--config), $CHAINMEND_CONFIG, $XDG_CONFIG_HOME/chainmend/config.toml (by
/// default below ~/.config), /etc/chainmend/config.toml. The first two end the search. None is needed.
std::vector<ConfigCandidate> config_candidates(const std::string& given, const FileEnvironment& environment);

/// $XDG_STATE_HOME/chainmend, else ~/.local/state/chainmend (the XDG base directory specification's default),
/// else /var/lib/chainmend.
std::string state_directory(const FileEnvironment& environment);

/// Puts `directory` in the place of "<state>" at the front of every path in `settings`.
void replace_state_directory(Settings& settings, const std::string& directory);

}  // namespace chainmend::config
