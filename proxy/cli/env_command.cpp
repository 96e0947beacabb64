#include "proxy/cli/env_command.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <filesystem>
#include <memory>
#include <ostream>

#include "proxy/cli/client_environment.h"
#include "proxy/cli/settings_file.h"
#include "proxy/files/atomic_file.h"
#include "proxy/files/input_file.h"
#include "proxy/files/signing_ca_directory.h"
#include "proxy/files/trust_loader.h"
#include "proxy/report/verdict_json.h"

namespace chainmend::proxy {
namespace {

struct EnvOptions {
    std::string shell;
    bool json = false;
};

/// The listener's address as a client on this machine writes it.
Result<std::string> proxy_url(const std::string& address) {
    const auto colon = address.rfind(':');
    std::string host = address.substr(0, colon);
    const std::string port = address.substr(colon + 1);
    if (port == "0") {
        return Error{ErrorCode::configuration,
                     "listen.address has port 0, so the port is known only when the proxy has "
                     "started; give it a port"};
    }
    if (host == "0.0.0.0") host = "127.0.0.1";
    if (host == "[::]") host = "[::1]";
    return "http://" + host + ":" + port;
}

/// Writes the system's roots and the CA into one file; most clients' variables replace their trust list.
Result<void> write_bundle(const std::filesystem::path& file, const SigningCaFiles& ca) {
    const auto system = find_system_bundle();
    if (!system) return system.error();
    const auto roots = read_input_file(*system, max_trust_file_bytes);
    if (!roots) return roots.error();
    std::string bundle(as_text(*roots));
    if (!bundle.ends_with('\n')) bundle += '\n';
    if (auto made = make_directories(file.parent_path(), 0700); !made) return made.error();
    return write_file_atomically(file, bundle + ca.ca->certificate()->pem(), 0644, Durability::unsynced);
}

Shell shell_from(const std::string& name, const Console& console) {
    if (name == "fish") return Shell::fish;
    if (name == "powershell") return Shell::powershell;
    if (name == "dotenv") return Shell::dotenv;
    if (name == "docker") return Shell::docker;
    if (name.empty() && variable(console, "SHELL").value_or("").ends_with("/fish")) return Shell::fish;
    return Shell::sh;
}

CommandResult run(const EnvOptions& options, CommandLine& line) {
    const auto settings = settings_in_force(line);
    if (!settings) return settings.error();
    const auto url = proxy_url(settings->listen.address);
    if (!url) return url.error();
    const auto ca = load_signing_ca(settings->intercept.ca_dir, line.console.now());
    if (!ca) {
        if (ca.error().code != ErrorCode::not_found) return ca.error();
        return Error{ErrorCode::signing_ca, "there is no signing CA in " + settings->intercept.ca_dir +
                                                " yet: start chainmend once, or run chainmend ca init"};
    }
    const auto state = std::filesystem::absolute(config::state_directory(file_environment(line.console)));
    const auto bundle = state / "ca-bundle.pem";
    if (auto written = write_bundle(bundle, *ca); !written) return written.error();
    const auto environment =
        client_environment(*url, bundle.string(), std::filesystem::absolute(ca->certificate_file).string());
    if (options.json) {
        Json json{{"set", Json::object()}, {"unset", environment.unset}};
        for (const auto& [name, value] : environment.set)
            json["set"][name] = value;
        line.console.out << to_line(json) << "\n";
    } else {
        line.console.out << shell_text(environment, shell_from(options.shell, line.console));
    }
    return ExitStatus::ok;
}

}  // namespace

void add_env_command(CLI::App& program, CommandLine& line) {
    auto options = std::make_shared<EnvOptions>();
    CLI::App* command = program.add_subcommand("env", "Print the variables that make clients use the proxy");
    command
        ->add_option("--shell", options->shell, "sh, fish, powershell, dotenv or docker; default by $SHELL")
        ->type_name("SHELL")
        ->check(CLI::IsMember({"sh", "fish", "powershell", "dotenv", "docker"}));
    command->add_flag("--json", options->json, "Answer in JSON");
    command->footer(
        "Most clients let one variable replace their whole trust list, so these name a bundle of the "
        "system's\n"
        "roots and the signing CA, written to the state directory.\n"
        "\n"
        "  eval \"$(chainmend env)\"                                 this shell\n"
        "  chainmend env --shell fish | source\n"
        "  docker run $(chainmend env --shell docker) IMAGE        paths without spaces");
    on_chosen(*command, line, [options, &line] { return run(*options, line); });
}

}  // namespace chainmend::proxy
