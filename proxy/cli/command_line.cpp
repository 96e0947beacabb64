#include "proxy/cli/command_line.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <ostream>

#include "proxy/cli/ca_command.h"
#include "proxy/cli/check_command.h"
#include "proxy/cli/command.h"
#include "proxy/cli/config_command.h"
#include "proxy/cli/doctor_command.h"
#include "proxy/cli/env_command.h"
#include "proxy/cli/history_commands.h"
#include "proxy/cli/intermediates_command.h"
#include "proxy/cli/run_command.h"
#include "proxy/cli/serve_command.h"
#include "proxy/cli/status_command.h"
#include "proxy/cli/trust_command.h"
#include "proxy/cli/verify_command.h"
#include "proxy/cli/watch_command.h"
#include "proxy/report/check_monitoring.h"

namespace chainmend::proxy {
namespace {

constexpr const char* description =
    "chainmend: a local forward proxy that repairs incomplete TLS certificate chains.\n"
    "With HTTPS_PROXY pointing at it and its CA trusted, programs reach servers that forgot their\n"
    "intermediate certificate, and still refuse what should be refused.";

void add_common_options(CLI::App& program, CommandLine& line) {
    program.set_help_all_flag("--help-all", "Help for every command");
    program.set_version_flag("--version", std::string("chainmend ") + CHAINMEND_VERSION);
    program
        .add_option("--config", line.config_file,
                    "Configuration file; without it $CHAINMEND_CONFIG, then\n"
                    "$XDG_CONFIG_HOME/chainmend/config.toml, then /etc/chainmend/config.toml")
        ->type_name("FILE");
    program
        .add_option("--set", line.assignments, "Override one setting, for instance --set listen.workers=2")
        ->type_name("SECTION.KEY=VALUE")
        ->allow_extra_args(false)
        ->expected(1)
        ->take_all();
    program.fallthrough();
    program.require_subcommand(0, 1);
}

void add_commands(CLI::App& program, CommandLine& line) {
    add_serve_command(program, line);
    add_status_command(program, line);
    add_run_command(program, line);
    add_env_command(program, line);
    add_doctor_command(program, line);
    add_check_command(program, line);
    add_verify_command(program, line);
    add_audit_command(program, line);
    add_explain_command(program, line);
    add_fix_command(program, line);
    add_replay_command(program, line);
    add_watch_command(program, line);
    add_config_command(program, line);
    add_ca_command(program, line);
    add_intermediates_command(program, line);
    add_trust_command(program, line);
}

int report(const Error& error, Console& console) {
    console.err << "chainmend: " << error.message << "\n";
    return static_cast<int>(exit_status_of(error.code));
}

/// Whether a Nagios plugin was asked for.
bool is_plugin(const CLI::App& program, const std::vector<std::string>& arguments) {
    const bool asked = std::find(arguments.begin(), arguments.end(), "--nagios") != arguments.end();
    return asked && (program.got_subcommand("check") || program.got_subcommand("watch"));
}

/// A plugin that could not look says so; any other number would be taken for the state of a host.
int report_unknown(const std::string& problem, Console& console) {
    console.out << plugin_line(problem) << std::flush;
    return static_cast<int>(PluginState::unknown);
}

/// A mistake in usage.
int report(const CLI::ParseError& error, const CLI::App& program, Console& console) {
    std::string path;
    const CLI::App* command = &program;
    while (command != nullptr) {
        path += (path.empty() ? "" : " ") + command->get_name();
        const auto chosen = command->get_subcommands();
        command = chosen.empty() ? nullptr : chosen.front();
    }
    console.err << "chainmend: " << error.what() << "; see " << path << " --help\n";
    return static_cast<int>(ExitStatus::usage);
}

}  // namespace

void on_chosen(CLI::App& command, CommandLine& line, std::function<CommandResult()> run) {
    command.fallthrough();
    command.callback([&line, run = std::move(run)] { line.chosen = run; });
}

int run_command_line(const std::vector<std::string>& arguments, Console& console) {
    CommandLine line{console, {}, {}, {}};
    CLI::App program{description, "chainmend"};
    add_common_options(program, line);
    add_commands(program, line);
    line.chosen = [&line] { return serve(line); };  // without a command
    try {
        program.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) return program.exit(error, console.out, console.err);
        if (is_plugin(program, arguments)) return report_unknown(error.what(), console);
        return report(error, program, console);
    }
    const CommandResult result = line.chosen();
    console.out.flush();
    if (!result && is_plugin(program, arguments)) return report_unknown(result.error().message, console);
    return result ? static_cast<int>(*result) : report(result.error(), console);
}

}  // namespace chainmend::proxy
