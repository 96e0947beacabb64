#pragma once

#include "proxy/cli/command.h"

namespace chainmend::proxy {

/// `chainmend doctor`: what the clients of this shell would really do.
void add_doctor_command(CLI::App& program, CommandLine& line);

}  // namespace chainmend::proxy
