#include "proxy/cli/env_command.h"

#include <unistd.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <filesystem>
#include <memory>
#include <ostream>

#include "proxy/cli/client_setup.h"
#include "proxy/cli/settings_file.h"
#include "proxy/clients/shell_text.h"
#include "proxy/files/atomic_file.h"
#include "proxy/report/verdict_json.h"

namespace chainmend::proxy {
namespace {

struct EnvOptions {
    std::string shell;
    std::string files;
    bool json = false;
};

Shell shell_from(const std::string& name, const Console& console) {
    if (const auto shell = shell_named(name)) return *shell;
    const bool fish = variable(console, "SHELL").value_or("").ends_with("/fish");
    return fish ? Shell::fish : Shell::sh;
}

/// apt's helpers ask as the user _apt, who can not see into the home of root: there the variable would break
/// what works.
bool readable_by_others(std::filesystem::path directory) {
    for (; directory.has_relative_path(); directory = directory.parent_path()) {
        std::error_code error;
        const auto permissions = std::filesystem::status(directory, error).permissions();
        if (error || (permissions & std::filesystem::perms::others_exec) == std::filesystem::perms::none)
            return false;
    }
    return true;
}

void leave_out_apt(ClientEnvironment& environment, const ClientFiles& files, Console& console) {
    if (::geteuid() != 0 || readable_by_others(files.directory())) return;
    std::erase_if(environment.set, [](const auto& entry) { return entry.first == "APT_CONFIG"; });
    console.err << "chainmend: APT_CONFIG is left out, because apt's user _apt can not read "
                << files.directory().string()
                << ": use chainmend run -- apt-get ..., or chainmend env --files /run/chainmend\n";
}

Result<ClientFiles> prepared_files(const EnvOptions& options, const Console& console) {
    const auto state = std::filesystem::absolute(config::state_directory(file_environment(console)));
    if (!options.files.empty()) {
        ClientFiles files(std::filesystem::absolute(options.files));
        if (auto made = make_directories(files.directory(), 0755); !made) return made.error();
        return files;
    }
    ClientFiles files(state / "clients");
    if (auto made = make_directories(state, 0700); !made) return made.error();
    if (auto made = make_directories(files.directory(), 0755); !made) return made.error();
    return files;
}

std::string answer(const ClientEnvironment& environment, const ClientFiles& files, const EnvOptions& options,
                   const Console& console) {
    if (options.json) {
        Json json{{"set", Json::object()}, {"unset", environment.unset}};
        for (const auto& [name, value] : environment.set)
            json["set"][name] = value;
        return to_line(json) + "\n";
    }
    const Shell shell = shell_from(options.shell, console);
    return shell == Shell::docker ? docker_options(files) : shell_text(environment, shell);
}

CommandResult run(const EnvOptions& options, CommandLine& line) {
    const auto settings = settings_in_force(line);
    if (!settings) return settings.error();
    const auto place = ProxyPlace::of_listener(settings->listen.address);
    if (!place) return place.error();
    const auto ca = load_signing_ca(settings->intercept.ca_dir, line.console.now());
    if (!ca) {
        if (ca.error().code != ErrorCode::not_found) return ca.error();
        return Error{ErrorCode::signing_ca, "there is no signing CA in " + settings->intercept.ca_dir +
                                                " yet: start chainmend once, or run chainmend ca init"};
    }
    const auto files = prepared_files(options, line.console);
    if (!files) return files.error();
    auto environment = client_setup(*place, !settings->listen.auth.empty(), *ca, *files, line.console);
    if (!environment) return environment.error();
    leave_out_apt(*environment, *files, line.console);
    // Docker reads it as whoever calls docker; it may hold a password for the proxy.
    if (auto written = write_file_atomically(
            files->docker_variables(), shell_text(*environment, Shell::docker), 0600, Durability::unsynced);
        !written) {
        return written.error();
    }
    line.console.out << answer(*environment, *files, options, line.console);
    return ExitStatus::ok;
}

}  // namespace

void add_env_command(CLI::App& program, CommandLine& line) {
    auto options = std::make_shared<EnvOptions>();
    CLI::App* command = program.add_subcommand("env", "Print the variables that make clients use the proxy");
    command
        ->add_option("--shell", options->shell,
                     "sh, fish, powershell, cmd, dotenv or docker; default by $SHELL")
        ->type_name("SHELL")
        ->check(CLI::IsMember({"sh", "fish", "powershell", "cmd", "dotenv", "docker"}));
    command
        ->add_option("--files", options->files,
                     "Where the files that the variables name are written; default: clients/ in the\n"
                     "state directory")
        ->type_name("DIRECTORY");
    command->add_flag("--json", options->json, "Answer in JSON");
    command->footer(
        "Most clients let one variable replace their whole trust list, so these name a bundle of the "
        "system's\n"
        "roots and the signing CA. wget, apt, PHP and Java are told by files of settings and a trust store. "
        "All "
        "of\n"
        "them are written anew each time.\n"
        "\n"
        "  eval \"$(chainmend env)\"                                 this shell\n"
        "  chainmend env --shell fish | source\n"
        "  docker run $(chainmend env --shell docker) IMAGE        paths without spaces\n"
        "\n"
        "Where the proxy asks for passwords (listen.auth), the variables hold the user and password that\n"
        "HTTPS_PROXY has for it already:\n"
        "\n"
        "  HTTPS_PROXY=http://anna:secret@127.0.0.1:8181 chainmend env\n"
        "\n"
        "For one command there is \"chainmend run\".");
    on_chosen(*command, line, [options, &line] { return run(*options, line); });
}

}  // namespace chainmend::proxy
