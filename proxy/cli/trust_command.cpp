#include "proxy/cli/trust_command.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>
#include <ostream>

#include "proxy/cli/settings_file.h"
#include "proxy/files/signing_certificate.h"
#include "proxy/files/trust_lint.h"
#include "proxy/files/trust_loader.h"
#include "proxy/report/verdict_json.h"

namespace chainmend::proxy {
namespace {

struct TrustOptions {
    bool json = false;
};

Json anchor_json(const certs::Anchor& anchor) {
    const certs::Certificate& certificate = *anchor.certificate;
    return {{"name", certificate.display_name()},
            {"subject", certificate.subject()},
            {"sha256", to_hex(certificate.sha256())},
            {"not_after", to_rfc3339(certificate.not_after().value_or(Time{}))},
            {"origin", anchor.origin}};
}

Json trust_json(const LoadedTrust& trust) {
    Json json{{"anchors", Json::array()}, {"intermediates", trust.issuers.size()}, {"notes", trust.notes}};
    for (const certs::Anchor& anchor : trust.store->anchors())
        json["anchors"].push_back(anchor_json(anchor));
    return json;
}

/// As the proxy loads it.
Result<LoadedTrust> trust_in_force(CommandLine& line) {
    const auto settings = settings_in_force(line);
    if (!settings) return settings.error();
    const auto own_cas = load_own_cas(settings->intercept.ca_dir);
    if (!own_cas) return own_cas.error();
    return load_trust(settings->trust, *own_cas, line.console.now());
}

CommandResult list(const TrustOptions& options, CommandLine& line) {
    const auto loaded = trust_in_force(line);
    if (!loaded) return loaded.error();
    const LoadedTrust& trust = *loaded;
    if (!trust.ok()) return trust.error();
    std::ostream& out = line.console.out;
    if (options.json) {
        out << to_line(trust_json(trust)) << "\n";
        return ExitStatus::ok;
    }
    for (const certs::Anchor& anchor : trust.store->anchors()) {
        out << short_fingerprint(*anchor.certificate) << "  "
            << to_date(anchor.certificate->not_after().value_or(Time{})) << "  "
            << anchor.certificate->display_name() << "  (" << anchor.origin << ")\n";
    }
    for (const TrustOrigin& origin : trust.origins) {
        out << origin.anchors << " anchors from " << origin.file;
        if (origin.duplicates > 0) out << ", " << origin.duplicates << " more known already";
        if (origin.intermediates > 0)
            out << ", " << origin.intermediates << " intermediates that are no anchors";
        out << "\n";
    }
    for (const std::string& note : trust.notes)
        line.console.err << note << "\n";
    return ExitStatus::ok;
}

CommandResult lint(const TrustOptions& options, CommandLine& line) {
    const auto trust = trust_in_force(line);
    if (!trust) return trust.error();
    const auto findings = lint_trust(*trust, line.console.now());
    std::ostream& out = line.console.out;
    if (options.json) {
        Json json = Json::array();
        for (const TrustFinding& finding : findings) {
            json.push_back({{"code", finding.code}, {"where", finding.where}, {"text", finding.text}});
        }
        out << to_line(json) << "\n";
    } else {
        for (const TrustFinding& finding : findings)
            out << finding.code << "  " << finding.where << ": " << finding.text << "\n";
        out << findings.size() << (findings.size() == 1 ? " finding" : " findings") << "\n";
    }
    return findings.empty() ? ExitStatus::ok : ExitStatus::refused;
}

}  // namespace

void add_trust_command(CLI::App& program, CommandLine& line) {
    auto options = std::make_shared<TrustOptions>();
    CLI::App* command = program.add_subcommand("trust", "The trust store: what is an anchor, and from where");
    command->require_subcommand(1);

    CLI::App* list_command = command->add_subcommand("list", "Every anchor, with the file it came from");
    list_command->add_flag("--json", options->json, "Answer in JSON");
    on_chosen(*list_command, line, [options, &line] { return list(*options, line); });

    CLI::App* lint_command = command->add_subcommand(
        "lint", "What is wrong: end entity certificates, expired, weak, not self-signed, duplicates");
    lint_command->add_flag("--json", options->json, "Answer in JSON");
    lint_command->footer("Exit status 1 when there are findings.");
    on_chosen(*lint_command, line, [options, &line] { return lint(*options, line); });
}

}  // namespace chainmend::proxy
