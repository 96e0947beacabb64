#include "proxy/cli/ca_change_command.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <filesystem>
#include <memory>
#include <ostream>

#include "certs/signing_request.h"
#include "proxy/cli/present_ca.h"
#include "proxy/cli/settings_file.h"
#include "proxy/files/atomic_file.h"
#include "proxy/files/input_file.h"

namespace chainmend::proxy {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t max_file_bytes = 64 * 1024;

struct ChangeOptions {
    std::string name;
    std::string certificate;
    std::string key;
    std::vector<std::string> chain;
    bool prepare = false;
};

Result<std::string> text_of(const fs::path& file) {
    const auto bytes = read_input_file(file, max_file_bytes);
    if (!bytes) return bytes.error();
    return std::string(as_text(*bytes));
}

void say_what_is_next(std::ostream& out) {
    out << "\nA running proxy takes it up at its next reload (kill -HUP). Tell the clients: chainmend ca "
           "install, or "
           "chainmend ca export.\n";
}

/// A key that waits for its certificate, made when there is none.
Result<certs::PrivateKeyPtr> requested_key(const fs::path& file, const config::InterceptSettings& settings) {
    if (const auto present = text_of(file)) return certs::PrivateKey::from_pem(as_bytes(*present));
    const auto key = certs::PrivateKey::make(signing_ca_options(settings).key_type);
    if (!key) return key.error();
    const auto pem = (*key)->pem();
    if (!pem) return pem.error();
    if (auto made = make_directories(file.parent_path(), 0700); !made) return made.error();
    if (auto written = write_file_atomically(file, *pem, 0600); !written) return written.error();
    return *key;
}

fs::path request_key_file(const config::Settings& settings) {
    return beside_signing_ca(settings.intercept.ca_dir, "request") / "key.pem";
}

CommandResult request(const ChangeOptions& options, CommandLine& line) {
    const auto settings = settings_in_force(line);
    if (!settings) return settings.error();
    const auto file = request_key_file(*settings);
    const auto key = requested_key(file, settings->intercept);
    if (!key) return key.error();
    const auto name =
        options.name.empty() ? signing_ca_options(settings->intercept).common_name : options.name;
    const auto pem = certs::signing_request_pem(**key, name);
    if (!pem) return pem.error();
    line.console.out << *pem;
    line.console.err
        << "The key waits in " << file.string()
        << ". With the certificate, and those above it: chainmend ca import CERTIFICATE --chain FILE\n";
    return ExitStatus::ok;
}

CommandResult import(const ChangeOptions& options, CommandLine& line) {
    const auto settings = settings_in_force(line);
    if (!settings) return settings.error();
    const fs::path waiting = request_key_file(*settings);
    auto certificates = text_of(options.certificate);
    if (!certificates) return certificates.error();
    for (const auto& file : options.chain) {
        const auto more = text_of(file);
        if (!more) return more.error();
        *certificates += "\n" + *more;
    }
    const auto key = text_of(options.key.empty() ? waiting : fs::path(options.key));
    if (!key) return key.error();
    const auto files =
        replace_signing_ca(settings->intercept.ca_dir, *certificates, *key, line.console.now());
    if (!files) return files.error();
    std::error_code ignored;
    if (options.key.empty()) fs::remove_all(waiting.parent_path(), ignored);
    print_ca(*files, line.console.now(), line.console.out);
    say_what_is_next(line.console.out);
    return ExitStatus::ok;
}

/// Told apart from the one before it by its day, because clients trust both for a while.
certs::SigningCaOptions options_of_today(const config::InterceptSettings& settings, Time now) {
    auto options = signing_ca_options(settings);
    constexpr std::size_t longest_common_name = 64;  // RFC 5280 appendix A.1
    const std::string day = ", " + to_date(now);
    options.common_name = options.common_name.substr(0, longest_common_name - day.size()) + day;
    return options;
}

CommandResult prepare(const config::Settings& settings, CommandLine& line) {
    const Time now = line.console.now();
    const auto next = open_signing_ca(beside_signing_ca(settings.intercept.ca_dir, "next"),
                                      options_of_today(settings.intercept, now), now);
    if (!next) return next.error();
    print_ca(*next, now, line.console.out);
    line.console.out << "\nIt signs nothing yet. Make the clients trust it beside the present one: chainmend "
                        "ca install, or "
                        "chainmend ca export.\nThen: chainmend ca rotate\n";
    return ExitStatus::ok;
}

CommandResult rotate(const ChangeOptions& options, CommandLine& line) {
    const auto settings = settings_in_force(line);
    if (!settings) return settings.error();
    if (options.prepare) return prepare(*settings, line);
    const Time now = line.console.now();
    const fs::path next = beside_signing_ca(settings->intercept.ca_dir, "next");
    // What has been prepared, or one that is made on the way.
    const auto made = open_signing_ca(next, options_of_today(settings->intercept, now), now);
    if (!made) return made.error();
    const auto certificates = text_of(next / "ca.pem");
    const auto key = text_of(next / "key.pem");
    if (!certificates || !key) return certificates ? key.error() : certificates.error();
    const auto files = replace_signing_ca(settings->intercept.ca_dir, *certificates, *key, now);
    if (!files) return files.error();
    std::error_code ignored;
    fs::remove_all(next, ignored);
    print_ca(*files, now, line.console.out);
    line.console.out << "\nThe CA before it is exported and installed beside it until it expires.";
    say_what_is_next(line.console.out);
    return ExitStatus::ok;
}

}  // namespace

void add_ca_change_commands(CLI::App& ca, CommandLine& line) {
    auto options = std::make_shared<ChangeOptions>();
    CLI::App* csr = ca.add_subcommand("csr", "Request a CA certificate from an organisation");
    csr->add_option("--name", options->name, "The CA's common name; default: chainmend CA on this host")
        ->type_name("NAME");
    csr->footer(
        "Writes a PKCS#10 request to stdout and keeps its key (the same one when asked again) until \"ca "
        "import\".");
    on_chosen(*csr, line, [options, &line] { return request(*options, line); });

    CLI::App* import_command = ca.add_subcommand("import", "Take a CA that an organisation issued");
    import_command->add_option("certificate", options->certificate, "The CA's certificate, PEM")
        ->required()
        ->type_name("FILE");
    import_command->add_option("--key", options->key, "Its key, PEM; default: that of \"ca csr\"")
        ->type_name("FILE");
    import_command
        ->add_option("--chain", options->chain, "Those above it, nearest first, PEM; clients are sent them")
        ->type_name("FILE")
        ->allow_extra_args(false);
    import_command->footer(
        "The certificate, what is above it, and the key have to fit, or nothing is changed.");
    on_chosen(*import_command, line, [options, &line] { return import(*options, line); });

    CLI::App* rotate_command = ca.add_subcommand("rotate", "Put a new CA in the place of the present one");
    rotate_command->add_flag("--prepare", options->prepare,
                             "Only make it, so that clients can learn to trust it first");
    rotate_command->footer(
        "With overlap: \"ca rotate --prepare\" makes the next CA, which is exported and installed beside the "
        "present "
        "one;\n"
        "\"ca rotate\" lets it sign. The one before stays exported until it expires; its key is removed.");
    on_chosen(*rotate_command, line, [options, &line] { return rotate(*options, line); });
}

}  // namespace chainmend::proxy
