#pragma once

#include "proxy/cli/command.h"

namespace chainmend::proxy {

/// `chainmend config check|show|default`.
void add_config_command(CLI::App& program, CommandLine& line);

}  // namespace chainmend::proxy
