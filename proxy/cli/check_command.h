#pragma once

#include "proxy/cli/command.h"

namespace chainmend::proxy {

/// `chainmend check`: dials servers as the proxy would and tells what they send and what they should.
void add_check_command(CLI::App& program, CommandLine& line);

}  // namespace chainmend::proxy
