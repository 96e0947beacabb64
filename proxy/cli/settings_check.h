#pragma once

#include <string>
#include <vector>

#include "config/time.h"
#include "proxy/cli/settings_file.h"

namespace chainmend::proxy {

/// What is wrong with settings, in the file and in the files that it names.
struct SettingsCheck {
    std::vector<config::Mistake> mistakes;
    std::vector<std::string> warnings;  ///< of a start under them; none while there are mistakes
};

/// All mistakes that can be told at once: those of the reading and those of trust files, rules and
/// exceptions; where there is none of these, the first other thing for which a start would be refused. Leaves
/// no trace. Blocks on files.
SettingsCheck check_settings(const FoundSettings& found, Time now);

}  // namespace chainmend::proxy
