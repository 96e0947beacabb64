#pragma once

#include "proxy/cli/command.h"

namespace chainmend::proxy {

/// `ca export`: the certificate in the forms that systems and programs want it in. `ca` is the
/// command that they are below.
void add_ca_export_command(CLI::App& ca, CommandLine& line);

}  // namespace chainmend::proxy
