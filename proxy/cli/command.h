#pragma once

#include <functional>
#include <string>
#include <vector>

#include "config/result.h"
#include "proxy/cli/console.h"
#include "proxy/cli/exit_status.h"

namespace CLI {
class App;
}

namespace chainmend::proxy {

/// What a command's run() comes to. An Error is printed as one line on stderr and becomes the exit status
/// that exit_status_of() gives it, so a command returns errors and never prints them. Its message says what,
/// where, and what to do.
using CommandResult = Result<ExitStatus>;

/// A command line while it is being read: the options that every command understands, and the chosen command.
///
/// A command is a pair of files, for instance verify_command.{h,cpp}:
///
///     void add_verify_command(CLI::App& program, CommandLine& line) {
///         auto options = std::make_shared<VerifyOptions>();
///         CLI::App* command = program.add_subcommand("verify", "Judge certificates in files");
///         command->add_option("--trust", options->trust, "...")->type_name("FILE");
///         on_chosen(*command, line, [options, &line] { return run_verify(*options, line); });
///     }
///
/// and one line in command_line.cpp. Work starts in the function given to on_chosen(), never while arguments
/// are still being read. Every command that answers with facts has `--json`.
struct CommandLine {
    Console& console;
    std::string config_file;               ///< --config, empty when not given
    std::vector<std::string> assignments;  ///< --set section.key=value, in order
    std::function<CommandResult()> chosen;
};

/// Says what runs when `command` is .
void on_chosen(CLI::App& command, CommandLine& line, std::function<CommandResult()> run);

}  // namespace chainmend::proxy
