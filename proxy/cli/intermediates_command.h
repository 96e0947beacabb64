#pragma once

#include "proxy/cli/command.h"

namespace chainmend::proxy {

/// `chainmend intermediates import|list|show|export|prune|stats`: the issuer store.
void add_intermediates_command(CLI::App& program, CommandLine& line);

}  // namespace chainmend::proxy
