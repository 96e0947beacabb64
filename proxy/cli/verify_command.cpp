#include "proxy/cli/verify_command.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <chrono>
#include <memory>
#include <ostream>

#include "proxy/cli/verify_batch.h"
#include "proxy/cli/verify_material.h"
#include "proxy/report/verdict_json.h"
#include "proxy/report/verdict_text.h"

namespace chainmend::proxy {
namespace {

constexpr const char* footer =
    "CHAIN is PEM, DER or PKCS#7, told apart by content, or - for standard input: the first certificate is\n"
    "the server's, the others are what it sent with it. One of --host, --ip and --no-name is needed.\n"
    "\n"
    "Nothing is ever fetched from the network. What the server did not send can come from --untrusted, from\n"
    "an issuer store, or from --aia-map: JSON that says what stands at each URL,\n"
    "  {\"http://ca.example/ca.crt\": {\"status\": 200, \"body\": \"BASE64\", \"location\": \"\", "
    "\"behaviour\": \"answer\"}}\n"
    "where behaviour may be answer, hang, slow, refused, reset, dns_error, huge or truncated.\n"
    "\n"
    "Every CA certificate of --trust is an anchor, self-signed or not. Without --no-config the configured\n"
    "trust (by default the system's), the configured issuer store, [[host]] rules and [[exception]] count "
    "too.\n"
    "\n"
    "--batch reads one JSON object a line from standard input and writes one verdict a line:\n"
    "  "
    "{\"id\",\"trusted\":[pem],\"untrusted\":[pem],\"leaf\":pem,\"at\":rfc3339|null,\"dns\":name|null,\"ip\":"
    "address|null,\n"
    "   \"emails\":[..],\"purpose\":\"server|client|any\",\"max_depth\":n|null,\"crls\":[pem]}\n"
    "\n"
    "Examples:\n"
    "  openssl s_client -connect old.test:443 -showcerts </dev/null | chainmend verify --host old.test -\n"
    "  chainmend verify --no-config --trust root.pem --host a.test --at 2026-06-01T00:00:00Z chain.pem\n"
    "\n"
    "Exit status: 0 accepted, 1 refused, 2 usage, 3 unreadable input. A batch that was read to its end is 0.";

void print_notes(const VerifyMaterial& material, std::ostream& err) {
    for (const std::string& note : material.notes)
        err << "chainmend: note: " << note << "\n";
}

CommandResult run_single(const VerifyOptions& options, CommandLine& line) {
    auto identity = identity_of(options);
    if (!identity) return identity.error();
    const auto material = load_verify_material(options, line);
    if (!material) return material.error();
    auto presented = read_chain(options.chain_file, line.console);
    if (!presented) return presented.error();
    print_notes(**material, line.console.err);
    certs::VerifyRequest request = (*material)->request;
    request.identity = *std::move(identity);
    const auto begin = std::chrono::steady_clock::now();
    const auto verdict = judge(**material, *std::move(presented), std::move(request), (*material)->trust,
                               (*material)->untrusted);
    const auto elapsed =
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin);
    if (options.json) {
        line.console.out << to_line(verdict_json(verdict, std::nullopt, elapsed)) << "\n";
    } else {
        line.console.out << verdict_text(verdict, line.console.colour);
    }
    return verdict.accepted() ? ExitStatus::ok : ExitStatus::refused;
}

CommandResult run(const VerifyOptions& options, CommandLine& line) {
    if (options.batch) {
        if (!options.chain_file.empty())
            return Error{ErrorCode::invalid_argument, "--batch reads standard input; leave out CHAIN"};
        const auto material = load_verify_material(options, line);
        if (!material) return material.error();
        print_notes(**material, line.console.err);
        return run_verify_batch(**material, line.console);
    }
    if (options.chain_file.empty()) {
        return Error{ErrorCode::invalid_argument,
                     "verify needs CHAIN, a file with certificates, or - for standard input; "
                     "see chainmend verify --help"};
    }
    if (options.host.empty() && options.ip.empty() && !options.no_name) {
        return Error{ErrorCode::invalid_argument,
                     "verify needs the name that the certificate must be for: --host NAME, --ip ADDRESS, or "
                     "--no-name"};
    }
    return run_single(options, line);
}

void add_material_options(CLI::App& command, VerifyOptions& options) {
    command
        .add_option("--trust", options.trust_files, "CA certificates to trust; may be given several times")
        ->type_name("FILE")
        ->allow_extra_args(false)
        ->expected(1)
        ->take_all();
    command.add_option("--untrusted", options.untrusted_files, "Certificates that may complete the path")
        ->type_name("FILE")
        ->allow_extra_args(false)
        ->expected(1)
        ->take_all();
    command.add_option("--store", options.store_directory, "Directory of an issuer store")->type_name("DIR");
    command
        .add_option(
            "--crl", options.crl_files,
            "Revocation lists; with any, every certificate must be known not to be revoked, as the proxy "
            "demands it with verify.revocation = \"hard\"")
        ->type_name("FILE")
        ->allow_extra_args(false)
        ->expected(1)
        ->take_all();
    command
        .add_option(
            "--ocsp", options.ocsp_file,
            "The OCSP response (DER) that the server staples, for its own certificate. Without --crl it must "
            "say good, and nothing is demanded of the other certificates")
        ->type_name("FILE");
    auto* no_fetch = command.add_flag("--no-fetch", options.no_fetch,
                                      "Do without --aia-map (verify never uses the network)");
    command.add_option("--aia-map", options.aia_map_file, "JSON that stands in for the network, see below")
        ->type_name("FILE")
        ->excludes(no_fetch);
    command.add_flag("--no-config", options.no_config,
                     "No configuration, no system trust, no issuer store but --store");
}

void add_question_options(CLI::App& command, VerifyOptions& options) {
    auto* host =
        command.add_option("--host", options.host, "The name the certificate must be for")->type_name("NAME");
    auto* ip = command.add_option("--ip", options.ip, "The address the certificate must be for")
                   ->type_name("ADDRESS");
    auto* no_name = command.add_flag("--no-name", options.no_name, "Do not check names");
    host->excludes(ip)->excludes(no_name);
    ip->excludes(no_name);
    command.add_option("--purpose", options.purpose, "server, client or any; default server")
        ->type_name("PURPOSE")
        ->check(CLI::IsMember({"server", "client", "any"}));
    command
        .add_option("--at", options.at,
                    "Judge as of this time, for instance 2026-06-01T00:00:00Z; default now")
        ->type_name("TIME");
    command
        .add_option("--max-depth", options.max_depth,
                    "Greatest number of intermediates that are not self-issued; default 8")
        ->type_name("N")
        ->check(CLI::Range(0, 255));
    command.add_option("--profile", options.profile, "default, rfc5280, webpki or compat")
        ->type_name("PROFILE")
        ->check(CLI::IsMember({"default", "rfc5280", "webpki", "compat"}));
}

}  // namespace

void add_verify_command(CLI::App& program, CommandLine& line) {
    auto options = std::make_shared<VerifyOptions>();
    CLI::App* command = program.add_subcommand("verify", "Judge certificates in files, without a network");
    command->add_option("CHAIN", options->chain_file,
                        "File with the server's certificate and what it sent with it");
    add_question_options(*command, *options);
    add_material_options(*command, *options);
    command->add_flag("--batch", options->batch, "Judge one JSON object a line");
    command->add_flag("--json", options->json, "Answer in JSON");
    command->footer(footer);
    on_chosen(*command, line, [options, &line] { return run(*options, line); });
}

}  // namespace chainmend::proxy
