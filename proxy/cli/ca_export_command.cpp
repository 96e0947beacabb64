#include "proxy/cli/ca_export_command.h"

#include <unistd.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>
#include <ostream>

#include "certs/certificate_file.h"
#include "certs/pkcs12_trust_store.h"
#include "proxy/cli/present_ca.h"
#include "proxy/cli/settings_file.h"
#include "proxy/clients/apple_profile.h"
#include "proxy/files/input_file.h"
#include "proxy/files/named_output.h"
#include "proxy/files/signing_certificate.h"
#include "proxy/files/trust_loader.h"

namespace chainmend::proxy {
namespace {

struct ExportOptions {
    std::string format = "pem";
    std::string out;
};

using Certificates = std::vector<certs::CertificatePtr>;

std::string pem_of(const Certificates& certificates) {
    std::string text;
    for (const auto& certificate : certificates)
        text += certificate->pem();
    return text;
}

Result<std::string> system_roots() {
    const auto file = find_system_bundle();
    if (!file) return file.error();
    const auto bytes = read_input_file(*file, max_trust_file_bytes);
    if (!bytes) return bytes.error();
    return std::string(as_text(*bytes));
}

Result<std::string> trust_store(const Certificates& certificates) {
    const auto bytes = certs::pkcs12_trust_store(certificates, certs::usual_trust_store_password);
    if (!bytes) return bytes.error();
    return std::string(as_text(*bytes));
}

/// Java asks one trust store only, so this one has the system's roots as well.
Result<std::string> java_trust_store(Certificates certificates) {
    const auto roots = system_roots();
    if (!roots) return roots.error();
    const auto read = certs::read_certificates(as_bytes(*roots));
    if (!read) return read.error();
    certificates.insert(certificates.end(), read->certificates.begin(), read->certificates.end());
    return trust_store(certificates);
}

Result<std::string> exported(const std::string& format, const Certificates& certificates) {
    const certs::Certificate& present = *certificates.front();
    if (format == "der") return std::string(as_text(present.der()));
    if (format == "mobileconfig") return apple_profile(present);
    if (format == "p12") return trust_store(certificates);
    if (format == "jks-p12") return java_trust_store(certificates);
    if (format == "bundle") {
        const auto roots = system_roots();
        if (!roots) return roots.error();
        return pem_of(certificates) + *roots;
    }
    return pem_of(certificates);
}

CommandResult run(const ExportOptions& options, CommandLine& line) {
    const auto settings = settings_in_force(line);
    if (!settings) return settings.error();
    const auto files = present_ca(*settings, line.console.now());
    if (!files) return files.error();
    const auto certificates =
        load_certificates_to_trust(files->certificate_file.parent_path(), line.console.now());
    if (!certificates) return certificates.error();
    const auto text = exported(options.format, *certificates);
    if (!text) return text.error();
    if (options.out.empty()) {
        line.console.out << *text;
        return ExitStatus::ok;
    }
    if (auto written = write_named_output(options.out, *text, 0644, line.console.out); !written)
        return written.error();
    return ExitStatus::ok;
}

}  // namespace

void add_ca_export_command(CLI::App& ca, CommandLine& line) {
    auto options = std::make_shared<ExportOptions>();
    CLI::App* command = ca.add_subcommand("export", "Write the CA's certificate, never its key");
    command
        ->add_option("--format", options->format,
                     "pem, der, p12, bundle, jks-p12 or mobileconfig; default pem")
        ->type_name("FORMAT")
        ->check(CLI::IsMember({"pem", "der", "p12", "bundle", "jks-p12", "mobileconfig"}));
    command->add_option("-o,--out", options->out, "Write to this file instead of stdout")->type_name("FILE");
    command->footer(
        "  pem           what most programs read\n"
        "  der           the same in binary, for Windows and Android\n"
        "  bundle        with the system's roots, for variables that replace a trust list\n"
        "  p12           PKCS#12 without a key, password changeit\n"
        "  jks-p12       a Java trust store with the system's roots, password changeit\n"
        "  mobileconfig  a profile for macOS, iPhone and iPad\n"
        "\n"
        "pem, p12, bundle and jks-p12 also hold the CAs before the present one until they expire, the one "
        "that\n"
        "\"ca rotate --prepare\" has made, and those above a CA that an organisation issued.");
    on_chosen(*command, line, [options, &line] { return run(*options, line); });
}

}  // namespace chainmend::proxy
