#pragma once

#include <string>
#include <vector>

#include "proxy/cli/console.h"

namespace chainmend::proxy {

/// The whole program: reads the arguments (without the program's name), runs one command, returns its exit
/// status (see exit_status.h; `run` returns its command's).
int run_command_line(const std::vector<std::string>& arguments, Console& console);

}  // namespace chainmend::proxy
