#pragma once

#include "proxy/cli/command.h"

namespace chainmend::proxy {

/// The commands that ask the history: each opens it for reading, whether a proxy is running or not.
void add_audit_command(CLI::App& program, CommandLine& line);
void add_explain_command(CLI::App& program, CommandLine& line);
void add_fix_command(CLI::App& program, CommandLine& line);
void add_replay_command(CLI::App& program, CommandLine& line);

}  // namespace chainmend::proxy
