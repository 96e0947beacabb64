#include "proxy/cli/intermediates_command.h"

#include <signal.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>
#include <ostream>

#include "proxy/cli/settings_file.h"
#include "proxy/download/list_download.h"
#include "proxy/files/import_material.h"
#include "proxy/files/issuer_shelf.h"
#include "proxy/judging_snapshot.h"
#include "proxy/report/printable.h"
#include "proxy/report/verdict_json.h"

namespace chainmend::proxy {
namespace {

/// Of one line about a file, whose name may be anybody's: longer than any path in use.
constexpr std::size_t max_problem = 1000;

struct IntermediatesOptions {
    std::vector<std::string> inputs;
    std::string wanted;
    bool keep_unanchored = false;
    bool json = false;
};

Result<std::unique_ptr<IssuerShelf>> open_shelf(CommandLine& line) {
    const auto settings = settings_in_force(line);
    if (!settings) return settings.error();
    auto shelf = IssuerShelf::open(*settings);
    if (!shelf) return shelf.error();
    for (const std::string& note : (*shelf)->report().notes)
        line.console.err << "ignored " << printable_ascii(note, max_problem) << "\n";
    return shelf;
}

Json issuer_json(const certs::StoredIssuer& issuer, const PublicLists& lists) {
    const certs::Certificate& certificate = *issuer.certificate;
    return {{"name", certificate.display_name()},
            {"subject", certificate.subject()},
            {"issuer", certificate.issuer()},
            {"serial", certificate.serial()},
            {"sha256", to_hex(certificate.sha256())},
            {"not_before", to_rfc3339(certificate.not_before().value_or(Time{}))},
            {"not_after", to_rfc3339(certificate.not_after().value_or(Time{}))},
            {"source", certs::to_string(issuer.source)},
            {"origin", issuer.origin},
            {"stored_at", to_rfc3339(issuer.stored_at)},
            {"disclosed", lists.disclosed.contains(certificate.sha256())},
            {"revoked", certs::Distrust(lists.revoked).covers(certificate)}};
}

void print_json(const std::vector<certs::StoredIssuer>& issuers, const PublicLists& lists,
                std::ostream& out) {
    Json json = Json::array();
    for (const certs::StoredIssuer& issuer : issuers)
        json.push_back(issuer_json(issuer, lists));
    out << to_line(json) << "\n";
}

void print_line(const certs::StoredIssuer& issuer, std::ostream& out) {
    out << short_fingerprint(*issuer.certificate) << "  "
        << to_date(issuer.certificate->not_after().value_or(Time{})) << "  "
        << certs::to_string(issuer.source) << "  " << issuer.certificate->display_name() << "\n";
}

Json report_json(const ImportReport& report) {
    Json refused = Json::object();
    for (const auto& [reason, count] : report.outcome.refused)
        refused[to_string(reason)] = count;
    return {{"taken", report.outcome.taken.size()}, {"known", report.outcome.known},
            {"refused", std::move(refused)},        {"revoked", report.revoked},
            {"disclosed", report.disclosed},        {"formats", report.formats},
            {"problems", report.problems}};
}

void print_report(const ImportReport& report, std::ostream& out) {
    out << report.outcome.taken.size() << " taken, " << report.outcome.known << " known already";
    for (const auto& [reason, count] : report.outcome.refused)
        out << ", " << count << " refused: " << to_string(reason);
    out << "\n";
    if (report.revoked > 0) out << report.revoked << " revoked certificates (OneCRL) will never be used\n";
    if (report.disclosed > 0) out << report.disclosed << " intermediates are known to be disclosed\n";
}

/// Reads http and https URLs, the server of the latter verified with the trust and issuers in force.
class UrlReader {
  public:
    explicit UrlReader(CommandLine& line) : line_(line) {}

    Result<Bytes> operator()(const std::string& url) {
        const auto settings = settings_in_force(line_);
        if (!settings) return settings.error();
        auto snapshot = read_judging_snapshot(*settings, line_.console.now());
        if (!snapshot) return snapshot.error();
        ::signal(SIGPIPE, SIG_IGN);  // a server that closes is an answer, not the end of the program
        ListDownloadOptions options{.now = line_.console.now, .max_bytes = max_import_bytes};
        if (line_.console.progress) {
            options.progressed = [this, &url](std::int64_t bytes) { show(url, bytes); };
        }
        auto body = download_list(*std::move(snapshot), url, options);
        if (shown_ >= 0) line_.console.err << clear_line << std::flush;
        shown_ = -1;
        return body;
    }

  private:
    static constexpr const char* clear_line = "\r\033[K";

    void show(const std::string& url, std::int64_t bytes) {
        const auto steps = bytes / (64 * 1024);  // a line for each chunk would cost more than the chunk
        if (steps == shown_) return;
        shown_ = steps;
        line_.console.err << clear_line << bytes / 1024 << " KiB of " << printable_ascii(url, 60)
                          << std::flush;
    }

    CommandLine& line_;
    std::int64_t shown_ = -1;
};

CommandResult import(const IntermediatesOptions& options, CommandLine& line) {
    const auto shelf = open_shelf(line);
    if (!shelf) return shelf.error();
    ImportOptions import_options{.now = line.console.now(), .keep_unanchored = options.keep_unanchored};
    if (line.console.progress) {
        import_options.progress = [&err = line.console.err](std::size_t done, std::size_t all) {
            err << "\r" << done << " of " << all << (done == all ? "\n" : "") << std::flush;
        };
    }
    const auto report = (*shelf)->import(options.inputs, import_options, UrlReader(line), Pipes::read);
    if (!report) return report.error();
    for (const std::string& problem : report->problems)
        line.console.err << "skipped " << printable_ascii(problem, max_problem) << "\n";
    if (options.json) {
        line.console.out << to_line(report_json(*report)) << "\n";
    } else {
        print_report(*report, line.console.out);
    }
    return ExitStatus::ok;
}

CommandResult list(const IntermediatesOptions& options, CommandLine& line) {
    const auto shelf = open_shelf(line);
    if (!shelf) return shelf.error();
    const auto issuers = (*shelf)->issuers();
    if (options.json) {
        print_json(issuers, (*shelf)->lists(), line.console.out);
        return ExitStatus::ok;
    }
    for (const certs::StoredIssuer& issuer : issuers)
        print_line(issuer, line.console.out);
    return ExitStatus::ok;
}

/// What somebody asked for by name or fingerprint; an error when there is nothing of the kind.
Result<std::vector<certs::StoredIssuer>> wanted(const IssuerShelf& shelf, const std::string& text) {
    auto found = shelf.find(text);
    if (!found.empty()) return found;
    return Error{
        ErrorCode::not_found,
        "the issuer store has nothing whose SHA-256 begins with, or whose name contains, \"" + text + "\""};
}

CommandResult show(const IntermediatesOptions& options, CommandLine& line) {
    const auto shelf = open_shelf(line);
    if (!shelf) return shelf.error();
    const auto found = wanted(**shelf, options.wanted);
    if (!found) return found.error();
    if (options.json) {
        print_json(*found, (*shelf)->lists(), line.console.out);
        return ExitStatus::ok;
    }
    std::ostream& out = line.console.out;
    for (const certs::StoredIssuer& issuer : *found) {
        const certs::Certificate& certificate = *issuer.certificate;
        out << certificate.subject() << "\n"
            << "  issuer     " << certificate.issuer() << "\n"
            << "  serial     " << certificate.serial() << "\n"
            << "  valid      " << to_date(certificate.not_before().value_or(Time{})) << " to "
            << to_date(certificate.not_after().value_or(Time{})) << "\n"
            << "  SHA-256    " << to_hex(certificate.sha256()) << "\n"
            << "  came from  " << issuer.origin << " (" << certs::to_string(issuer.source) << "), "
            << to_date(issuer.stored_at) << "\n"
            << "  disclosed  "
            << ((*shelf)->lists().disclosed.contains(certificate.sha256()) ? "yes" : "not known") << "\n";
    }
    return ExitStatus::ok;
}

CommandResult export_issuers(const IntermediatesOptions& options, CommandLine& line) {
    const auto shelf = open_shelf(line);
    if (!shelf) return shelf.error();
    using Issuers = Result<std::vector<certs::StoredIssuer>>;
    const auto found =
        options.wanted.empty() ? Issuers((*shelf)->issuers()) : wanted(**shelf, options.wanted);
    if (!found) return found.error();
    for (const certs::StoredIssuer& issuer : *found)
        line.console.out << issuer.certificate->pem();
    return ExitStatus::ok;
}

CommandResult prune(const IntermediatesOptions& options, CommandLine& line) {
    const auto shelf = open_shelf(line);
    if (!shelf) return shelf.error();
    const auto removed = (*shelf)->prune(line.console.now());
    if (!removed) return removed.error();
    if (options.json) {
        print_json(*removed, (*shelf)->lists(), line.console.out);
        return ExitStatus::ok;
    }
    for (const certs::StoredIssuer& issuer : *removed)
        print_line(issuer, line.console.out);
    line.console.out << removed->size() << " removed\n";
    return ExitStatus::ok;
}

CommandResult stats(const IntermediatesOptions& options, CommandLine& line) {
    const auto shelf = open_shelf(line);
    if (!shelf) return shelf.error();
    std::size_t imported = 0;
    std::size_t expired = 0;
    std::size_t disclosed = 0;
    const auto issuers = (*shelf)->issuers();
    for (const certs::StoredIssuer& issuer : issuers) {
        imported += issuer.source == certs::Source::import ? 1 : 0;
        expired += issuer.certificate->not_after().value_or(Time{}) < line.console.now() ? 1 : 0;
        disclosed += (*shelf)->lists().disclosed.count(issuer.certificate->sha256());
    }
    const Json json{{"issuers", issuers.size()},
                    {"imported", imported},
                    {"seen", issuers.size() - imported},
                    {"expired", expired},
                    {"disclosed", disclosed},
                    {"ignored_files", (*shelf)->report().ignored},
                    {"revoked_list", (*shelf)->lists().revoked.size()},
                    {"disclosed_list", (*shelf)->lists().disclosed.size()}};
    if (options.json) {
        line.console.out << to_line(json) << "\n";
        return ExitStatus::ok;
    }
    for (const auto& [name, value] : json.items())
        line.console.out << name << " " << value.get<std::size_t>() << "\n";
    return ExitStatus::ok;
}

}  // namespace

void add_intermediates_command(CLI::App& program, CommandLine& line) {
    auto options = std::make_shared<IntermediatesOptions>();
    CLI::App* command =
        program.add_subcommand("intermediates", "The issuer store: what completes chains without a fetch");
    command->require_subcommand(1);
    const auto add = [&](const char* name, const char* description, auto run) {
        CLI::App* sub = command->add_subcommand(name, description);
        sub->add_flag("--json", options->json, "Answer in JSON");
        on_chosen(*sub, line, [options, &line, run] { return run(*options, line); });
        return sub;
    };
    CLI::App* import_command =
        add("import", "Take CA certificates that lead to an anchor into the store", import);
    import_command
        ->add_option("input", options->inputs,
                     "Files, pipes, directories, http and https URLs, or - for standard input")
        ->type_name("FILE|DIR|URL|-")
        ->required();
    import_command->add_flag("--keep-unanchored", options->keep_unanchored,
                             "Take those that lead to no anchor as well");
    import_command->footer(
        "Told apart by content: PEM, DER, PKCS#7, CCADB's CSV, Mozilla's Remote Settings (JSON), and\n"
        "Firefox's omni.ja, whose lists say what is revoked and what is disclosed.\n"
        "\n"
        "From a URL at most 128 MiB are taken in at most five minutes. An https server is verified as the\n"
        "proxy verifies every server; a list that came over plain http proves nothing of who wrote it, so\n"
        "that its issuers count only for what their signatures say, as all do. Redirects lead neither to\n"
        "addresses more private than the one that was named, nor from https back to http.\n"
        "\n"
        "Examples:\n"
        "  chainmend intermediates import https://example.com/intermediates.pem\n"
        "  chainmend intermediates import /usr/lib/firefox-esr/browser/omni.ja public.csv\n"
        "\n"
        "Exit status: 0 imported, whatever was refused; 1 the URL's server or address was refused; 2 usage;\n"
        "3 an input can not be read or holds nothing; 4 the network, or the store can not be written.\n"
        "\n"
        "A running proxy takes the changes over when it reloads (HUP).");
    add("list", "Every issuer in the store, by name", list);
    add("show", "Issuers by the beginning of their SHA-256 or a part of their name", show)
        ->add_option("wanted", options->wanted, "Fingerprint or name")
        ->type_name("TEXT")
        ->required();
    CLI::App* export_command =
        command->add_subcommand("export", "Write issuers as PEM, all or those that fit");
    export_command->add_option("wanted", options->wanted, "Fingerprint or name")->type_name("TEXT");
    on_chosen(*export_command, line, [options, &line] { return export_issuers(*options, line); });
    add("prune", "Remove what has expired or is revoked", prune);
    add("stats", "How many issuers, from where", stats);
}

}  // namespace chainmend::proxy
