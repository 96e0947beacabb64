#pragma once

#include "proxy/cli/command.h"

namespace chainmend::proxy {

/// `chainmend status`: the running proxy in a screen.
void add_status_command(CLI::App& program, CommandLine& line);

}  // namespace chainmend::proxy
