#pragma once

#include <optional>
#include <string>
#include <vector>

#include "proxy/clients/client_files.h"
#include "proxy/clients/client_rules.h"
#include "proxy/clients/command_answer.h"

namespace chainmend::proxy {

/// Something a client is told by a file of its own, or by what else it keeps its settings in.
struct OwnSetting {
    std::string place;  ///< for people: "proxy in /home/anna/.curlrc"
    std::string value;
};

/// What a client is told beside the variables, as far as it decides about its proxy and its trust.
struct ClientSettings {
    std::optional<OwnSetting> proxy = {};         ///< an empty value: no proxy
    std::optional<OwnSetting> direct_hosts = {};  ///< hosts that are reached without the proxy
    std::optional<OwnSetting> trust_file = {};
    std::optional<OwnSetting> unverified = {};     ///< it says that nothing is verified
    std::vector<std::string> for_some_hosts = {};  ///< places of settings that hold for some hosts only
};

/// Reads the files below the home directory (`present` tells where) and, for git, asks git itself, in the
/// working directory, so that a repository's own settings count. What is not there says nothing.
ClientSettings client_settings(OwnSettings kind, const VariableLookup& present, const CommandQuestion& ask);

}  // namespace chainmend::proxy
