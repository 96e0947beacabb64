#pragma once

namespace chainmend::proxy {

/// The whole program: reads the arguments, runs one command, returns its exit status (0 ok, 1 refused, 2 usage,
/// 3 configuration or unreadable input, 4 environment, 5 CA or key).
int run_command_line(int argc, char** argv);

}  // namespace chainmend::proxy
