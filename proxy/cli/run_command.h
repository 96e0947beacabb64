#pragma once

#include "proxy/cli/command.h"

namespace chainmend::proxy {

/// `chainmend run -- CMD`: one command with everything set that makes its clients use a proxy and trust its
/// CA.
void add_run_command(CLI::App& program, CommandLine& line);

}  // namespace chainmend::proxy
