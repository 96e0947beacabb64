#include "proxy/cli/ca_install_command.h"

#include <unistd.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <cctype>
#include <filesystem>
#include <memory>
#include <ostream>

#include "certs/digest.h"
#include "proxy/cli/present_ca.h"
#include "proxy/cli/settings_file.h"
#include "proxy/clients/shell_text.h"
#include "proxy/clients/trust_change.h"
#include "proxy/files/atomic_file.h"
#include "proxy/files/signing_certificate.h"
#include "proxy/io/ip_address.h"

namespace chainmend::proxy {
namespace {

namespace fs = std::filesystem;

struct InstallOptions {
    bool system = false;
    bool nss = false;
    std::vector<std::string> java;  ///< empty string: the Java of this shell
    CLI::Option* java_given = nullptr;
    bool dry_run = false;
    std::string root = "/";
    std::string platform;
};

constexpr const char* windows_text =
    "Copy the certificate there (chainmend ca export --format der -o chainmend-ca.cer), then in a command "
    "prompt:\n"
    "  certutil -user -addstore Root chainmend-ca.cer          this user; without -user, as administrator, "
    "everybody\n"
    "  certutil -user -delstore Root SHA1    takes it back\n"
    "Firefox follows when security.enterprise_roots.enabled is true. The proxy: Settings > Network > "
    "Proxy,\n";

constexpr const char* macos_text =
    "Copy the certificate there (chainmend ca export -o chainmend-ca.pem), then in a terminal:\n"
    "  security add-trusted-cert -r trustRoot -k ~/Library/Keychains/login.keychain-db chainmend-ca.pem\n"
    "  security delete-certificate -Z SHA1 -t    takes it back\n"
    "or open what chainmend ca export --format mobileconfig writes, also on an iPhone or iPad.\n"
    "The proxy: System Settings > Network > Proxies,\n";

/// Where the texts above want the certificate's SHA-1.
constexpr std::string_view sha1_place = "SHA1";

std::string command_text(const std::vector<std::string>& command) {
    std::string text;
    for (const auto& word : command) {
        const bool plain = !word.empty() && std::all_of(word.begin(), word.end(), [](unsigned char c) {
            return std::isalnum(c) != 0 ||
                   std::string_view("_-./:,=+@").find(static_cast<char>(c)) != std::string_view::npos;
        });
        text += (text.empty() ? "" : " ") + (plain ? word : sh_quoted(word));
    }
    return text;
}

/// Those that make a chain end in something trusted: what is self-signed. A chain without its root ends at
/// the CA itself.
std::vector<certs::CertificatePtr> anchors_among(const std::vector<certs::CertificatePtr>& certificates) {
    std::vector<certs::CertificatePtr> anchors;
    for (const auto& certificate : certificates) {
        if (certificate->is_self_issued()) anchors.push_back(certificate);
    }
    if (anchors.empty()) anchors.push_back(certificates.front());
    return anchors;
}

Result<fs::path> java_home(const std::string& given, const Console& console) {
    if (!given.empty()) return fs::path(given);
    if (const auto home = variable(console, "JAVA_HOME")) return fs::path(*home);
    const auto java = ask_command({"sh", "-c", "readlink -f \"$(command -v java)\""});
    const fs::path program = java.out.substr(0, java.out.find('\n'));
    if (java.status == 0 && program.has_parent_path()) return program.parent_path().parent_path();
    return Error{ErrorCode::not_found,
                 "there is no java in PATH and no JAVA_HOME: name its directory, --java=HOME"};
}

/// Each of the commands wants a file that holds one certificate.
Result<fs::path> certificate_file(const certs::Certificate& ca, const Console& console) {
    const auto directory = fs::absolute(config::state_directory(file_environment(console))) / "clients";
    if (auto made = make_directories(directory, 0755); !made) return made.error();
    const auto file = directory / ("ca-" + certs::short_fingerprint(ca) + ".pem");
    if (auto written = write_file_atomically(file, ca.pem(), 0644, Durability::unsynced); !written)
        return written.error();
    return file;
}

Result<void> add_steps(TrustPlan& plan, const InstallOptions& options, TrustDirection direction,
                       const certs::Certificate& ca, const Console& console) {
    const auto file = certificate_file(ca, console);
    if (!file) return file.error();
    const TrustChange change(direction, ca,
                             {options.root, variable(console, "HOME").value_or("/"), *file, ask_command});
    const bool usual = !options.system && !options.nss && options.java_given->count() == 0;
    if (options.system || usual) {
        if (auto added = change.add_system(plan); !added) return added;
    }
    if (options.nss || usual) change.add_nss(plan);
    if (options.java_given->count() > 0) {
        const auto home = java_home(options.java.empty() ? "" : options.java.front(), console);
        if (!home) return home.error();
        if (auto added = change.add_java(plan, *home); !added) return added;
    }
    return {};
}

/// The system's own command need run only once for several files.
void unite_updates(TrustPlan& plan) {
    std::vector<TrustStep> steps;
    for (auto step = plan.steps.begin(); step != plan.steps.end(); ++step) {
        const bool again_later = std::any_of(
            step + 1, plan.steps.end(), [&](const auto& other) { return other.command == step->command; });
        if (!again_later) steps.push_back(*step);
    }
    plan.steps = std::move(steps);
}

CommandResult carry_out(const TrustPlan& plan, bool dry_run, CommandLine& line) {
    for (const auto& note : plan.notes)
        line.console.err << "chainmend: " << note << "\n";
    std::size_t left = 0;
    for (const auto& step : plan.steps) {
        const bool as_root = step.needs_root && ::geteuid() != 0;
        line.console.out << (as_root ? "sudo " : "") << command_text(step.command) << "\n" << std::flush;
        if (as_root) ++left;
        if (dry_run || as_root) continue;
        if (const int status = run_command(step.command); status != 0) {
            return Error{ErrorCode::environment,
                         command_text(step.command) + " ended with " + std::to_string(status)};
        }
    }
    if (left == 0 || dry_run) return ExitStatus::ok;
    return Error{ErrorCode::permission,
                 "the commands that begin with sudo change what belongs to root and were not "
                 "run: run them yourself"};
}

/// Windows' certutil knows no SHA-256, and macOS's security learned it late; SHA-1 names the certificate to
/// both.
std::string sha1_text(const certs::Certificate& ca) {
    std::string text = to_hex(certs::sha1_of(ca.der()));
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return text;
}

/// A listener as another machine is told of it.
std::string told_elsewhere(const SocketAddress& listener) {
    char name[256] = "";
    const bool named = listener.address.is_unspecified() && ::gethostname(name, sizeof name - 1) == 0;
    return named ? std::string(name) + ":" + std::to_string(listener.port) : listener.text();
}

/// What stands behind the names of the settings there.
std::string proxy_text(const config::ListenSettings& listen) {
    const auto address = SocketAddress::parse(listen.address);
    const auto admin = SocketAddress::parse(listen.admin);
    std::string text;
    if (admin) text += "a setup script at http://" + told_elsewhere(*admin) + "/proxy.pac, or\n";
    text += "the address of the proxy, " + (address ? told_elsewhere(*address) : listen.address) + "\n";
    if (address && address->address.is_loopback())
        text += "That is this machine alone: others need listen.address to be an address they reach.\n";
    return text;
}

CommandResult tell(const std::string& platform, const certs::Certificate& ca,
                   const config::ListenSettings& listen, CommandLine& line) {
    std::string text = platform == "windows" ? windows_text : macos_text;
    text.replace(text.find(sha1_place), sha1_place.size(), sha1_text(ca));
    line.console.out << text << proxy_text(listen)
                     << "The certificate's SHA-256, to compare: " << fingerprint_text(ca) << "\n";
    return ExitStatus::ok;
}

CommandResult run(const InstallOptions& options, TrustDirection direction, CommandLine& line) {
    const auto settings = settings_in_force(line);
    if (!settings) return settings.error();
    const auto ca = present_ca(*settings, line.console.now());
    if (!ca) return ca.error();
    if (!options.platform.empty())
        return tell(options.platform, *ca->ca->certificate(), settings->listen, line);
    const auto certificates =
        load_certificates_to_trust(ca->certificate_file.parent_path(), line.console.now());
    if (!certificates) return certificates.error();
    TrustPlan plan;
    for (const auto& anchor : anchors_among(*certificates)) {
        if (auto added = add_steps(plan, options, direction, *anchor, line.console); !added)
            return added.error();
    }
    unite_updates(plan);
    return carry_out(plan, options.dry_run, line);
}

void add_one(CLI::App& ca, CommandLine& line, TrustDirection direction) {
    auto options = std::make_shared<InstallOptions>();
    const bool install = direction == TrustDirection::install;
    CLI::App* command = ca.add_subcommand(
        install ? "install" : "uninstall",
        install ? "Make the programs of this machine trust the CA" : "Take back what \"ca install\" did");
    command->add_flag("--system", options->system,
                      "The system's store (Debian, Fedora, SUSE, Arch and their like)");
    command->add_flag("--nss", options->nss,
                      "Browsers and mail programs that keep NSS databases of their own");
    options->java_given =
        command
            ->add_option("--java", options->java,
                         "The trust store of a Java: $JAVA_HOME, the java in PATH, or --java=HOME")
            ->expected(0, 1)
            ->type_name("HOME");
    command->add_flag("--dry-run", options->dry_run, "Show the commands and run none");
    command->add_option("--root", options->root, "Another system's root directory, for an image")
        ->type_name("DIR");
    if (install) {
        command
            ->add_option("--for", options->platform, "Print what to do on another system: windows or macos")
            ->type_name("SYSTEM")
            ->check(CLI::IsMember({"windows", "macos"}));
    }
    command->footer(
        "Without a choice: --system and --nss. Each command is shown before it runs. What is done already, "
        "told by "
        "the\n"
        "certificate's fingerprint, is not done again. sudo is never called: commands that need it are shown "
        "with "
        "it\n"
        "and left to you (exit status 4).");
    on_chosen(*command, line, [options, direction, &line] { return run(*options, direction, line); });
}

}  // namespace

void add_ca_install_commands(CLI::App& ca, CommandLine& line) {
    add_one(ca, line, TrustDirection::install);
    add_one(ca, line, TrustDirection::uninstall);
}

}  // namespace chainmend::proxy
