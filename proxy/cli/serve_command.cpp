#include "proxy/cli/serve_command.h"

#include <unistd.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <charconv>
#include <ostream>

#include "proxy/cli/settings_check.h"
#include "proxy/cli/settings_file.h"
#include "proxy/server.h"

namespace chainmend::proxy {

namespace {

// sd_listen_fds(3): descriptors from 3 on, when they are meant for this process.
Result<std::vector<int>> handed_over_sockets(const Console& console) {
    const auto process = variable(console, "LISTEN_PID");
    const auto count = variable(console, "LISTEN_FDS");
    if (!process || !count || *process != std::to_string(::getpid())) return std::vector<int>{};
    int number = 0;
    const auto* end = count->data() + count->size();
    const auto [stopped, error] = std::from_chars(count->data(), end, number);
    // More than a service has addresses; descriptors beyond would be somebody else's.
    if (error != std::errc{} || stopped != end || number < 1 || number > 64)
        return Error{ErrorCode::environment, "LISTEN_FDS is \"" + *count + "\"; it may be 1 to 64"};
    std::vector<int> sockets;
    for (int i = 0; i < number; ++i)
        sockets.push_back(3 + i);
    return sockets;
}

/// The first mistake ended the start; whoever mends it wants to hear of the others too.
Error with_all_mistakes(const Error& error, const CommandLine& line) {
    if (error.code != ErrorCode::configuration) return error;
    const auto found = find_settings(line);
    if (!found) return error;
    const auto mistakes = check_settings(*found, line.console.now()).mistakes;
    return mistakes.empty() ? error : mistakes_error(mistakes);
}

}  // namespace

CommandResult serve(CommandLine& line) {
    auto settings = settings_in_force(line);
    if (!settings) return with_all_mistakes(settings.error(), line);
    ServerOptions options;
    options.read_settings = [&line] {
        auto fresh = settings_in_force(line);
        return fresh ? fresh : Result<config::Settings>(with_all_mistakes(fresh.error(), line));
    };
    options.now = line.console.now;
    options.home = variable(line.console, "HOME").value_or("");
    options.program = line.console.program;
    auto sockets = handed_over_sockets(line.console);
    if (!sockets) return sockets.error();
    options.sockets = std::move(sockets).value();
    const auto server = Server::make(*std::move(settings), std::move(options));
    if (!server) return with_all_mistakes(server.error(), line);
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
        "Sockets that systemd hands over (LISTEN_FDS) take the place of listen.address and listen.also.\n"
        "\n"
        "Exit status: 3 configuration, 4 port taken or directory not writable, 5 CA or key unusable.");
    on_chosen(*command, line, [&line] { return serve(line); });
}

}  // namespace chainmend::proxy
