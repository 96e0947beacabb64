#include "proxy/cli/ca_command.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>
#include <ostream>

#include "proxy/cli/settings_file.h"
#include "proxy/files/signing_ca_directory.h"
#include "proxy/report/verdict_json.h"

namespace chainmend::proxy {
namespace {

struct CaOptions {
    bool json = false;
};

std::int64_t days_left(const certs::Certificate& certificate, Time now) {
    const Time ends = certificate.not_after().value_or(now);
    return std::chrono::floor<std::chrono::days>(ends - now).count();
}

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

void print_ca(const SigningCaFiles& files, Time now, std::ostream& out) {
    const certs::Certificate& certificate = *files.ca->certificate();
    out << certificate.display_name() << (files.made_now ? "  (made now)" : "") << "\n"
        << "  certificate  " << files.certificate_file.string() << "\n"
        << "  SHA-256      " << fingerprint_text(certificate) << "\n"
        << "  valid until  " << to_date(certificate.not_after().value_or(Time{})) << " ("
        << days_left(certificate, now) << " days)\n";
    if (!certificate.is_self_issued()) out << "  issued by    " << certificate.issuer_display_name() << "\n";
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

/// The CA that is there; that there is none is a problem of the CA, whatever the reason.
Result<SigningCaFiles> present_ca(CommandLine& line) {
    const auto settings = settings_in_force(line);
    if (!settings) return settings.error();
    auto files = load_signing_ca(settings->intercept.ca_dir, line.console.now());
    if (files || files.error().code != ErrorCode::not_found) return files;
    return Error{ErrorCode::signing_ca,
                 files.error().message + " yet: run chainmend ca init, or start chainmend once"};
}

CommandResult show(const CaOptions& options, CommandLine& line) {
    const auto files = present_ca(line);
    if (!files) return files.error();
    return print(*files, options, line);
}

CommandResult export_certificate(CommandLine& line) {
    const auto files = present_ca(line);
    if (!files) return files.error();
    line.console.out << files->ca->certificate()->pem();
    return ExitStatus::ok;
}

}  // namespace

void add_ca_command(CLI::App& program, CommandLine& line) {
    auto options = std::make_shared<CaOptions>();
    CLI::App* command = program.add_subcommand("ca", "The signing CA that clients are told to trust");
    command->require_subcommand(1);
    command->footer("  chainmend ca export > chainmend-ca.pem      the certificate alone, never the key");

    CLI::App* init_command = command->add_subcommand("init", "Make the CA unless there is one, and show it");
    init_command->add_flag("--json", options->json, "Answer in JSON");
    on_chosen(*init_command, line, [options, &line] { return init(*options, line); });

    CLI::App* show_command = command->add_subcommand("show", "Name, file, fingerprint and end of the CA");
    show_command->add_flag("--json", options->json, "Answer in JSON");
    on_chosen(*show_command, line, [options, &line] { return show(*options, line); });

    CLI::App* export_command = command->add_subcommand("export", "Write the CA's certificate as PEM");
    on_chosen(*export_command, line, [&line] { return export_certificate(line); });
}

}  // namespace chainmend::proxy
