#pragma once

#include "proxy/cli/command.h"

namespace chainmend::proxy {

void add_watch_command(CLI::App& program, CommandLine& line);

}  // namespace chainmend::proxy
