#pragma once

#include "proxy/cli/command.h"

namespace chainmend::proxy {

/// `chainmend env`: prints the variables that make clients use the proxy and trust its CA.
void add_env_command(CLI::App& program, CommandLine& line);

}  // namespace chainmend::proxy
