#pragma once

#include "proxy/cli/command.h"

namespace chainmend::proxy {

/// `ca csr`, `ca import` and `ca rotate`: another CA in the place of the present one. `ca` is the
/// command that they are below.
void add_ca_change_commands(CLI::App& ca, CommandLine& line);

}  // namespace chainmend::proxy
