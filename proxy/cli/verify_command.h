#pragma once

#include "proxy/cli/command.h"

namespace chainmend::proxy {

/// `chainmend verify`: judges certificates in files. It never touches the network.
void add_verify_command(CLI::App& program, CommandLine& line);

}  // namespace chainmend::proxy
