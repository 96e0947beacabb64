#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "proxy/io/event_loop.h"
#include "proxy/io/operation.h"

namespace chainmend::proxy {

/// A program to be run beside the loop.
struct CommandRun {
    std::vector<std::string>
        arguments;  ///< the program, looked for in PATH unless it has a slash, and its own
    std::vector<std::string> variables;  ///< its whole environment, "NAME=VALUE"
    std::string input;                   ///< on its standard input, which then ends
    std::chrono::milliseconds timeout = std::chrono::seconds{10};
};

/// How that went.
struct CommandEnd {
    std::string trouble;  ///< one line; empty when it ended with status 0 in time
};

/// Starts the program with nothing of this process but standard input, in a session of its own; what it
/// writes goes nowhere. When it does not end in time it and what it has started get TERM, and KILL two
/// seconds later. Destroying the operation kills it.
OperationPtr start_command(EventLoop& loop, CommandRun run, std::function<void(CommandEnd)> completion);

}  // namespace chainmend::proxy
