#pragma once

#include "proxy/cli/command.h"

namespace chainmend::proxy {

/// `chainmend trust list|lint`: what is an anchor, from where, and what is wrong with it.
void add_trust_command(CLI::App& program, CommandLine& line);

}  // namespace chainmend::proxy
