#pragma once

#include "proxy/cli/command.h"

namespace chainmend::proxy {

/// `chainmend serve`: runs the proxy until it is told to stop.
void add_serve_command(CLI::App& program, CommandLine& line);

/// What `serve` does; also what the program does without a command.
CommandResult serve(CommandLine& line);

}  // namespace chainmend::proxy
