#include "proxy/cli/run_command.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>

#include "proxy/cli/client_setup.h"
#include "proxy/cli/record_summary.h"
#include "proxy/cli/settings_file.h"
#include "proxy/cli/status_query.h"
#include "proxy/clients/child_process.h"
#include "proxy/clients/own_proxy.h"
#include "proxy/clients/private_directory.h"
#include "proxy/files/signing_ca_directory.h"
#include "proxy/io/listener_owner.h"
#include "proxy/report/verdict_json.h"

namespace chainmend::proxy {
namespace {

// As env(1), nohup(1) and shells have it.
constexpr int status_not_executable = 126;
constexpr int status_not_found = 127;

struct RunOptions {
    bool own = false;
    bool quiet = false;
    std::string record;
    std::vector<std::string> command;
};

/// Whether what listens there is run by this user or by root. Somebody else on this machine may have taken
/// the port, and would be shown every request over plain HTTP; that its CA is ours proves nothing, for the
/// certificate is no secret.
bool is_ours(const std::string& listener) {
    const auto address = SocketAddress::parse(listener);
    return address && listens_for_us(reachable(*address));
}

/// What the proxy at listen.admin says of itself, if there is one, it is ours, it serves, and its CA is this
/// one: whatever else answers there gets nothing sent to it.
std::optional<Json> running_proxy(const config::Settings& settings, const Sha256& ca) {
    const auto& admin = settings.listen.admin;
    if (admin.empty() || !is_ours(admin)) return std::nullopt;
    auto status = ask_status(settings.listen.admin);
    if (!status) return std::nullopt;
    const auto sha256 = nlohmann::json::json_pointer("/ca/sha256");
    const bool usable = status->value("ready", false) && is_ours(status->value("address", std::string())) &&
                        status->value(sha256, std::string()) == to_hex(ca);
    return usable ? std::optional(*std::move(status)) : std::nullopt;
}

/// A proxy that asks for passwords is of use only with one.
bool lets_us_in(const config::Settings& settings, const ProxyPlace& place, const Console& console) {
    if (settings.listen.auth.empty()) return true;
    const auto present = [&console](const std::string& name) { return variable(console, name); };
    auto known = with_credentials(place, present);
    if (!known.userinfo.empty()) return true;
    known.userinfo = "USER:PASSWORD";
    console.err << "chainmend: the proxy on " << place.host << ":" << place.port
                << " asks for a password (listen.auth), so this command gets a proxy of its own; HTTPS_PROXY="
                << known.url() << " in the environment would use the running one\n";
    return false;
}

/// Which proxy the command goes through, and what is told of it at the end.
struct Route {
    std::unique_ptr<OwnProxy> own;  ///< null: a running one
    Json before;
    ProxyPlace place;
    std::string record;
};

Result<Route> find_route(const RunOptions& options, const config::Settings& settings, const Sha256& ca,
                         const std::filesystem::path& directory, const CommandLine& line) {
    Route route;
    if (!options.own && options.record.empty()) {
        auto running = running_proxy(settings, ca);
        const auto place = ProxyPlace::of_listener(running ? running->value("address", "") : "");
        if (running && place && lets_us_in(settings, *place, line.console)) {
            route.place = *place;
            route.before = *std::move(running);
            return route;
        }
    }
    route.record = options.record.empty() ? (directory / "record.jsonl").string() : options.record;
    auto own = OwnProxy::make(settings, route.record, line.console.now);
    if (!own) return own.error();
    route.own = *std::move(own);
    const auto place = ProxyPlace::of_listener(route.own->address());
    if (!place) return place.error();
    route.place = *place;
    return route;
}

std::string closing_line(Route& route, const config::Settings& settings) {
    if (!route.own) {
        const auto after = ask_status(settings.listen.admin);
        return after ? status_difference(route.before, *after)
                     : "the proxy on " + route.place.host + ":" + route.place.port + " is gone";
    }
    const auto plain_requests = route.own->plain_requests();
    route.own.reset();  // the record is complete afterwards
    std::ifstream record(route.record);
    return record_summary(record, plain_requests);
}

/// The environment of the command: as this process was started with, changed by `change`.
std::vector<std::string> changed(const std::vector<std::string>& variables, const ClientEnvironment& change) {
    std::vector<std::string> result;
    for (const auto& variable : variables) {
        const auto name = variable.substr(0, variable.find('='));
        const auto is_it = [&](const auto& entry) { return entry.first == name; };
        const bool replaced = std::any_of(change.set.begin(), change.set.end(), is_it) ||
                              std::find(change.unset.begin(), change.unset.end(), name) != change.unset.end();
        if (!replaced) result.push_back(variable);
    }
    for (const auto& [name, value] : change.set)
        result.push_back(name + "=" + value);
    return result;
}

Result<ChildEnd> run_through(const RunOptions& options, CommandLine& line) {
    auto settings = settings_in_force(line);
    if (!settings) return settings.error();
    const auto ca = open_signing_ca(settings->intercept.ca_dir, signing_ca_options(settings->intercept),
                                    line.console.now());
    if (!ca) return ca.error();
    const auto parent = variable(line.console, "TMPDIR").value_or("/tmp");
    const auto directory = PrivateDirectory::make(parent);
    if (!directory) return directory.error();

    const HeldSignals signals;
    auto route = find_route(options, *settings, ca->ca->certificate()->sha256(), (*directory)->path(), line);
    if (!route) return route.error();
    const bool asks_for_password = !route->own && !settings->listen.auth.empty();
    const auto environment =
        client_setup(route->place, asks_for_password, *ca, ClientFiles((*directory)->path()), line.console);
    if (!environment) return environment.error();
    const auto child =
        ChildProcess::start(options.command, changed(line.console.variables, *environment), signals);
    if (!child) return child.error();
    if (route->own) route->own->begin();
    const ChildEnd end = (*child)->wait();
    const auto closing = closing_line(*route, *settings);
    if (!options.quiet) line.console.err << "chainmend: " << closing << "\n" << std::flush;
    return end;
}

CommandResult run(const RunOptions& options, CommandLine& line) {
    if (options.command.empty()) {
        return Error{ErrorCode::invalid_argument,
                     "run needs a command, for instance chainmend run -- curl https://example.com/"};
    }
    const auto end = run_through(options, line);
    if (end) {
        line.console.out.flush();
        if (end->signal != 0) end_by_signal(end->signal);
        return static_cast<ExitStatus>(end->status);
    }
    const bool not_found = end.error().code == ErrorCode::not_found;
    if (!not_found && end.error().code != ErrorCode::permission) return end.error();
    line.console.err << "chainmend: " << end.error().message << "\n";
    return static_cast<ExitStatus>(not_found ? status_not_found : status_not_executable);
}

}  // namespace

void add_run_command(CLI::App& program, CommandLine& line) {
    auto options = std::make_shared<RunOptions>();
    CLI::App* command =
        program.add_subcommand("run", "Run one command whose clients use the proxy and trust its CA");
    command->add_option("command", options->command, "The program and its arguments, behind --")
        ->type_name("CMD...");
    command->add_flag("--own", options->own, "A proxy of its own, even when one is running");
    command
        ->add_option("--record", options->record, "Keep the record of the command's own proxy in this file")
        ->type_name("FILE");
    command->add_flag("-q,--quiet", options->quiet, "Nothing on stderr at the end");
    command->footer(
        "  chainmend run -- curl https://example.com/\n"
        "  chainmend run -- pip install requests\n"
        "\n"
        "Sets every proxy and CA variable of \"chainmend env\", and the files they name, for the command "
        "alone. It "
        "goes\n"
        "through the running proxy when that is run by you or by root and has the same CA, else through one "
        "of\n"
        "its own on a free port of 127.0.0.1. One that asks for passwords (listen.auth) is used when "
        "HTTPS_PROXY\n"
        "holds a user and password for it. The last line on stderr tells the hosts it asked for, how many "
        "were repaired and "
        "refused.\n"
        "\n"
        "Exit status and signals are the command's; 127 when it is not found, 126 when it can not be "
        "executed.");
    on_chosen(*command, line, [options, &line] { return run(*options, line); });
}

}  // namespace chainmend::proxy
