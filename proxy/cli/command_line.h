#pragma once

#include <string>
#include <vector>

#include "proxy/cli/console.h"

namespace chainmend::proxy {

/// The whole program: reads the arguments, runs one command, returns its exit status (see exit_status.h).
int run_command_line(int argc, char** argv);

/// The same against a console of the caller's. `arguments` are without the program's name.
int run_command_line(const std::vector<std::string>& arguments, Console& console);

}  // namespace chainmend::proxy
