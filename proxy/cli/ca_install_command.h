#pragma once

#include "proxy/cli/command.h"

namespace chainmend::proxy {

/// `ca install` and `ca uninstall`: what makes the programs of this machine trust the CA. `ca` is the
/// command that they are below.
void add_ca_install_commands(CLI::App& ca, CommandLine& line);

}  // namespace chainmend::proxy
