#pragma once

#include "proxy/cli/command.h"

namespace chainmend::proxy {

/// `chainmend ca init|show|export`: the signing CA.
void add_ca_command(CLI::App& program, CommandLine& line);

}  // namespace chainmend::proxy
