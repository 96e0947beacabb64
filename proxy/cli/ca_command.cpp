#include "proxy/cli/ca_command.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>
#include <ostream>

#include "proxy/cli/ca_change_command.h"
#include "proxy/cli/ca_export_command.h"
#include "proxy/cli/ca_install_command.h"
#include "proxy/cli/present_ca.h"
#include "proxy/cli/settings_file.h"
#include "proxy/files/signing_ca_directory.h"
#include "proxy/report/verdict_json.h"

namespace chainmend::proxy {
namespace {

struct CaOptions {
    bool json = false;
};

Json ca_json(const SigningCaFiles& files, Time now) {
    const certs::Certificate& certificate = *files.ca->certificate();
    return {{"file", files.certificate_file.string()},
            {"made_now", files.made_now},
            {"name", certificate.display_name()},
            {"subject", certificate.subject()},
            {"issuer", certificate.issuer()},
            {"serial", certificate.serial()},
            {"sha256", to_hex(certificate.sha256())},
            {"not_before", to_rfc3339(certificate.not_before().value_or(Time{}))},
            {"not_after", to_rfc3339(certificate.not_after().value_or(Time{}))},
            {"days", days_left(certificate, now)},
            {"chain", files.ca->chain().size()}};
}

CommandResult print(const SigningCaFiles& files, const CaOptions& options, CommandLine& line) {
    const Time now = line.console.now();
    if (options.json) {
        line.console.out << to_line(ca_json(files, now)) << "\n";
    } else {
        print_ca(files, now, line.console.out);
    }
    return ExitStatus::ok;
}

CommandResult init(const CaOptions& options, CommandLine& line) {
    const auto settings = settings_in_force(line);
    if (!settings) return settings.error();
    const auto files = open_signing_ca(settings->intercept.ca_dir, signing_ca_options(settings->intercept),
                                       line.console.now());
    if (!files) return files.error();
    return print(*files, options, line);
}

CommandResult show(const CaOptions& options, CommandLine& line) {
    const auto settings = settings_in_force(line);
    if (!settings) return settings.error();
    const auto files = present_ca(*settings, line.console.now());
    if (!files) return files.error();
    return print(*files, options, line);
}

}  // namespace

void add_ca_command(CLI::App& program, CommandLine& line) {
    auto options = std::make_shared<CaOptions>();
    CLI::App* command = program.add_subcommand("ca", "The signing CA that clients are told to trust");
    command->require_subcommand(1);
    command->footer(
        "  chainmend ca export > chainmend-ca.pem      the certificate alone, never the key\n"
        "  chainmend ca install --dry-run              the commands that make this machine trust it");

    CLI::App* init_command = command->add_subcommand("init", "Make the CA unless there is one, and show it");
    init_command->add_flag("--json", options->json, "Answer in JSON");
    on_chosen(*init_command, line, [options, &line] { return init(*options, line); });

    CLI::App* show_command = command->add_subcommand("show", "Name, file, fingerprint and end of the CA");
    show_command->add_flag("--json", options->json, "Answer in JSON");
    on_chosen(*show_command, line, [options, &line] { return show(*options, line); });

    add_ca_export_command(*command, line);
    add_ca_install_commands(*command, line);
    add_ca_change_commands(*command, line);
}

}  // namespace chainmend::proxy
