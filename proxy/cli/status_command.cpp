#include "proxy/cli/status_command.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>

#include "proxy/cli/settings_file.h"
#include "proxy/cli/status_query.h"
#include "proxy/cli/status_text.h"

namespace chainmend::proxy {
namespace {

struct StatusOptions {
    std::string admin;
    bool json = false;
};

Result<std::string> admin_address(const StatusOptions& options, const CommandLine& line) {
    if (!options.admin.empty()) return options.admin;
    const auto settings = settings_in_force(line);
    if (!settings) return settings.error();
    if (!settings->listen.admin.empty()) return settings->listen.admin;
    return Error{ErrorCode::environment,
                 "listen.admin is empty, so the proxy has no status pages: give it an address"};
}

CommandResult run(const StatusOptions& options, CommandLine& line) {
    const auto address = admin_address(options, line);
    if (!address) return address.error();
    const auto status = ask_status(*address);
    if (!status) return status.error();
    if (options.json) {
        line.console.out << to_line(*status) << "\n";
        return ExitStatus::ok;
    }
    const auto text = status_text(*status, line.console.colour);
    if (!text) return text.error();
    line.console.out << *text;
    return ExitStatus::ok;
}

}  // namespace

void add_status_command(CLI::App& program, CommandLine& line) {
    auto options = std::make_shared<StatusOptions>();
    CLI::App* command = program.add_subcommand("status", "Show what the running proxy is doing");
    command->add_option("--admin", options->admin, "Where its status pages are; default: listen.admin")
        ->type_name("ADDRESS:PORT");
    command->add_flag("--json", options->json, "Answer in JSON");
    command->footer(
        "Connections, decisions, repairs, stores, and the fetches: which URLs are not asked again for how "
        "long,\n"
        "which hosts keep failing and when they are tried next. For Prometheus there is /metrics on the same "
        "address.\n"
        "\n"
        "Exit status: 4 when no proxy answers.");
    on_chosen(*command, line, [options, &line] { return run(*options, line); });
}

}  // namespace chainmend::proxy
