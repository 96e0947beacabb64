#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/config_node.h"
#include "config/settings.h"

namespace chainmend::config {

/// One thing wrong with the configuration.
struct Mistake {
    std::string where;  ///< "config.toml:7:1", or "--set" for the command line
    std::string text;   ///< what is wrong and what would be right, one printable line
    Position position;  ///< 0:0 for the command line
};

/// Where settings come from. Reading files and the environment is the caller's.
struct SettingsSources {
    std::string file_name;                 ///< how messages call the file; empty when there is none
    std::string file_text;                 ///< the file's contents
    std::vector<std::string> assignments;  ///< "section.key=value", stronger than the file, the last one wins
    std::string state_directory;           ///< what "<state>" in a path stands for
};

/// Settings with everything that is wrong about them. With mistakes the settings must not be used.
struct SettingsReading {
    Settings settings;
    std::vector<Mistake> mistakes;  ///< in the order of the file, then of the assignments
    /// For each key that was set: where ("/etc/chainmend/config.toml:3", "--set"). Keys of rules are not
    /// here.
    std::map<std::string, std::string> origins;
    /// Where the elements of a list stand, for checks that need the file system: "trust.files" -> where each
    /// is.
    std::map<std::string, Position> positions;
};

/// Reads and checks everything, and reports all mistakes at once (of syntax errors the first: behind it
/// nothing can be told). "<state>" is replaced.
SettingsReading read_settings(const SettingsSources& sources);

}  // namespace chainmend::config
