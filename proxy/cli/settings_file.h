#pragma once

#include <string>

#include "config/settings_reader.h"
#include "config/state_directory.h"
#include "proxy/cli/command.h"

namespace chainmend::proxy {

/// What the search for settings came to.
struct FoundSettings {
    config::SettingsReading reading;
    std::string file;             ///< the file that was read; empty when there is none
    std::string state_directory;  ///< what "<state>" stands for
};

/// The variables that decide where files are.
config::FileEnvironment file_environment(const Console& console);

/// Finds and reads the configuration file, and applies --set. An error only when a file that was named is
/// missing or one can not be read; mistakes in it are in the reading.
Result<FoundSettings> find_settings(const CommandLine& line);

/// All of them as one error, a line each.
Error mistakes_error(const std::vector<config::Mistake>& mistakes);

/// The settings in force, or all mistakes as one error.
Result<config::Settings> settings_in_force(const CommandLine& line);

}  // namespace chainmend::proxy
