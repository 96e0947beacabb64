#pragma once

#include <functional>
#include <string>
#include <vector>

namespace chainmend::proxy {

/// How a program ended and what it wrote on stdout.
struct CommandAnswer {
    int status = 0;  ///< exit status; 127 when there is no such program, 128 + signal
    std::string out;
};

/// Runs a program of this machine, found in PATH, to its end and reads what it says: nothing on its stdin,
/// stderr thrown away, at most 1 MiB kept. Blocks, for 10 s at the longest: then it is killed with all that
/// it has started, and the status is 128 + SIGKILL.
CommandAnswer ask_command(const std::vector<std::string>& arguments);

/// A command that asks and changes nothing.
using CommandQuestion = std::function<CommandAnswer(const std::vector<std::string>&)>;

/// Runs a program to its end with this process's own input and output; its exit status, as above.
int run_command(const std::vector<std::string>& arguments);

}  // namespace chainmend::proxy
