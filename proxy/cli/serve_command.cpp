#include "proxy/cli/serve_command.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <ostream>

#include "proxy/cli/settings_file.h"
#include "proxy/server.h"

namespace chainmend::proxy {

CommandResult serve(CommandLine& line) {
    auto settings = settings_in_force(line);
    if (!settings) return settings.error();
    ServerOptions options;
    options.read_settings = [&line] { return settings_in_force(line); };
    options.now = line.console.now;
    options.home = variable(line.console, "HOME").value_or("");
    options.program = line.console.program;
    const auto server = Server::make(*std::move(settings), std::move(options));
    if (!server) return server.error();
    line.console.err << (*server)->start_up_text() << std::flush;
    (*server)->run();
    return ExitStatus::ok;
}

void add_serve_command(CLI::App& program, CommandLine& line) {
    CLI::App* command =
        program.add_subcommand("serve", "Run the proxy (also what happens without a command)");
    command->footer(
        "The first start makes the signing CA and says how to use it. Decisions go to stdout, one JSON line "
        "each\n"
        "(log.file), notes for people to stderr. TERM and INT drain, a second one stops at once; HUP "
        "reloads\n"
        "configuration, trust and issuers, and keeps the old ones on any error; USR1 reopens the log file.\n"
        "\n"
        "Exit status: 3 configuration, 4 port taken or directory not writable, 5 CA or key unusable.");
    on_chosen(*command, line, [&line] { return serve(line); });
}

}  // namespace chainmend::proxy
