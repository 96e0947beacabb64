#pragma once

#include <string>

#include "config/settings.h"

namespace chainmend::config {

/// A configuration file that sets every key to its default, each with its purpose, its values and what goes
/// wrong if it is set badly. Reading it back gives the defaults.
std::string default_config_file();

}  // namespace chainmend::config
