#include "proxy/cli/history_commands.h"

#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>
#include <thread>

#include "certs/certificate_file.h"
#include "proxy/audit/audit_report.h"
#include "proxy/audit/explanation.h"
#include "proxy/audit/fix_report.h"
#include "proxy/audit/replay_report.h"
#include "proxy/cli/settings_file.h"
#include "proxy/cli/time_range.h"
#include "proxy/files/input_file.h"
#include "proxy/files/named_output.h"
#include "proxy/history/history.h"
#include "proxy/host_check.h"
#include "proxy/http/authority.h"
#include "proxy/judging_snapshot.h"
#include "proxy/log/decision_ids.h"
#include "proxy/report/printable.h"
#include "proxy/report/refusal.h"

namespace chainmend::proxy {
namespace {

Result<std::string> configured_file(const CommandLine& line) {
    const auto settings = settings_in_force(line);
    if (!settings) return settings.error();
    if (settings->history.database.empty())
        return Error{ErrorCode::configuration, "history.database is empty, so no decisions are kept"};
    return settings->history.database;
}

Result<std::unique_ptr<HistoryQuery>> configured_history(const CommandLine& line) {
    const auto file = configured_file(line);
    if (!file) return file.error();
    return open_history(*file);
}

/// A client learns the id before the history has it, which gathers for a while and then waits for the disk,
/// and may be about to be made: an id that is not there yet is asked for again for a dozen times as long.
Result<StoredDecision> find_decision(const CommandLine& line, const std::string& id) {
    constexpr int tries = 12;
    const auto file = configured_file(line);
    if (!file) return file.error();
    for (int tried = 1;; ++tried) {
        const auto history = open_history(*file);
        auto stored = history ? (*history)->decision(id) : Result<StoredDecision>(history.error());
        const bool may_come = is_decision_id(id) && !stored && stored.error().code == ErrorCode::not_found;
        if (!may_come || tried == tries) return stored;
        std::this_thread::sleep_for(History::gather);
    }
}

/// HOST or HOST:PORT; port 0 when none is given.
Result<std::pair<std::string, int>> host_and_port(const std::string& text) {
    const bool bare = text.find(':') == std::string::npos || (text.front() == '[' && text.back() == ']') ||
                      (text.front() != '[' && std::count(text.begin(), text.end(), ':') > 1);
    auto server = parse_server(text);
    if (!server) return Error{ErrorCode::invalid_argument, server.error().message};
    return std::pair{server->host.text(), bare ? 0 : static_cast<int>(server->port)};
}

// ---- audit
// --------------------------------------------------------------------------------------------------

// Rows of each table in JSON and CSV: more are no table any more, and how many there are is up to strangers.
constexpr std::size_t max_rows = 10'000;

struct AuditOptions {
    std::string since;
    std::string until;
    std::string host;
    std::string reason;
    std::int64_t days = 30;
    std::size_t limit = 20;
    bool json = false;
    bool csv = false;
};

// What a terminal says it has, or $COLUMNS, or what every terminal has.
std::size_t columns_of(const Console& console) {
    const auto given = variable(console, "COLUMNS");
    if (given && given->size() < 5 && given->find_first_not_of("0123456789") == std::string::npos)
        return static_cast<std::size_t>(std::max(40, std::stoi(*given)));
    winsize size{};
    if (console.colour && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40)
        return size.ws_col;
    return 100;
}

Result<HistoryFilter> filter_from(const AuditOptions& options, Time now) {
    HistoryFilter filter;
    for (auto [text, bound, name] : {std::tuple{&options.since, &filter.since, "--since"},
                                     std::tuple{&options.until, &filter.until, "--until"}}) {
        if (text->empty()) continue;
        const auto time = moment_from(*text, now);
        if (!time) return time.error().in(name);
        *bound = std::chrono::time_point_cast<std::chrono::milliseconds>(*time);
    }
    if (!options.host.empty()) {
        const bool below = options.host.starts_with("*.");
        const auto server = host_and_port(options.host.substr(below ? 2 : 0));
        if (!server) return server.error().in("--host");
        filter.host = (below ? "*." : "") + server->first;
        filter.port = server->second;
    }
    const auto& reason = options.reason;
    if (!reason.empty() && !certs::reason_from(reason) && !trouble_from(reason))
        return Error{ErrorCode::invalid_argument,
                     "--reason: there is no \"" + printable_ascii(reason, 40) +
                         "\"; refusals and the log name them, for instance issuer_not_found"};
    filter.reason = reason;
    return filter;
}

CommandResult run_audit(const AuditOptions& options, CommandLine& line) {
    const auto now = line.console.now();
    const auto filter = filter_from(options, now);
    if (!filter) return filter.error();
    const auto history = configured_history(line);
    if (!history) return history.error();
    const auto rows = options.json || options.csv ? max_rows : options.limit;
    const auto report = audit(**history, *filter, now, options.days, rows);
    if (!report) return report.error();
    if (options.json) {
        line.console.out << to_line(audit_json(*report)) << "\n";
    } else if (options.csv) {
        line.console.out << audit_csv(*report);
    } else {
        line.console.out << audit_text(*report, columns_of(line.console));
    }
    return ExitStatus::ok;
}

// ---- explain
// ------------------------------------------------------------------------------------------------

CommandResult run_explain(const std::string& id, bool json, CommandLine& line) {
    const auto stored = find_decision(line, id);
    if (!stored) return stored.error();
    if (json) {
        line.console.out << to_line(explanation_json(*stored)) << "\n";
    } else {
        line.console.out << document_text(explanation(*stored));
    }
    return ExitStatus::ok;
}

// ---- fix
// ----------------------------------------------------------------------------------------------------

struct FixOptions {
    std::string what;
    std::string fullchain_file;
    bool markdown = false;
    bool html = false;
    bool json = false;
};

SeenServer seen_in(const StoredDecision& stored) {
    const auto& record = stored.record;
    return {record.host, record.server.port, moment(record.at) + ", decision " + record.id, record.verdict};
}

/// Not seen yet: looked at now, as the proxy would.
Result<SeenServer> seen_now(const std::string& host, int port, CommandLine& line) {
    auto settings = settings_in_force(line);
    if (!settings) return settings.error();
    auto snapshot = read_judging_snapshot(*settings, line.console.now());
    if (!snapshot) return snapshot.error();
    auto identity = certs::ReferenceIdentity::from_host(host);
    if (!identity) return identity.error();
    HostCheckOptions options;
    options.now = line.console.now;
    ::signal(SIGPIPE, SIG_IGN);  // a server that closes is an answer, not the end of the program
    const auto port_now = static_cast<std::uint16_t>(port == 0 ? 443 : port);
    const auto checked = check_hosts(*std::move(snapshot), {{*std::move(identity), port_now}}, options);
    if (!checked) return checked.error();
    const auto& found = checked->front();
    if (!found.verdict)
        return Error{ErrorCode::network, found.name() + ": " + found.reason + ": " + found.cause};
    return SeenServer{found.host, found.port, to_rfc3339(found.at) + ", looked at now", found.verdict};
}

Result<SeenServer> find_server(const FixOptions& options, CommandLine& line) {
    if (is_decision_id(options.what)) {
        const auto stored = find_decision(line, options.what);
        if (stored && !stored->record.verdict)
            return Error{ErrorCode::not_found, "decision " + options.what + " (" + stored->record.reason +
                                                   ") was made before any certificate was seen"};
        return stored ? Result<SeenServer>(seen_in(*stored)) : Result<SeenServer>(stored.error());
    }
    const auto server = host_and_port(options.what);
    if (!server) return server.error().in("ID|HOST");
    if (const auto history = configured_history(line)) {
        const auto stored = (*history)->latest(server->first, server->second);
        if (stored && stored->record.verdict) return seen_in(*stored);
        if (!stored && stored.error().code != ErrorCode::not_found) return stored.error();
    }
    return seen_now(server->first, server->second, line);
}

Result<void> write_full_chain(const SeenServer& server, const std::string& file, Console& console) {
    const auto pem = right_chain(*server.verdict);
    if (pem.empty()) {
        console.err << "chainmend: " << file << " is not written: there is no good chain for "
                    << server_name(server.host, server.port) << "\n";
        return {};
    }
    return write_named_output(file, pem, 0644, console.out);  // certificates are public
}

CommandResult run_fix(const FixOptions& options, CommandLine& line) {
    if (options.what.empty()) return Error{ErrorCode::invalid_argument, "ID|HOST is empty"};
    const auto server = find_server(options, line);
    if (!server) return server.error();
    if (!options.fullchain_file.empty()) {
        if (auto done = write_full_chain(*server, options.fullchain_file, line.console); !done)
            return Error{ErrorCode::environment, done.error().message};
    }
    // Where the chain is the answer, the report is a note.
    auto& out = is_standard_output(options.fullchain_file) ? line.console.err : line.console.out;
    if (options.json) {
        out << to_line(fix_json(*server)) << "\n";
    } else {
        const auto report = fix_report(*server);
        out << (options.markdown ? document_markdown(report)
                : options.html   ? document_html(report)
                                 : document_text(report));
    }
    return needs_fix(*server->verdict) ? ExitStatus::refused : ExitStatus::ok;
}

// ---- replay
// -------------------------------------------------------------------------------------------------

struct ReplayOptions {
    std::string id;
    std::string at;
    std::vector<std::string> trust_files;
    std::string profile;
    bool all = false;
    bool json = false;
};

Result<ReplayChanges> changes_from(const ReplayOptions& options, Time now) {
    ReplayChanges changes;
    if (!options.at.empty()) {
        const auto at = moment_from(options.at, now);
        if (!at) return at.error().in("--at");
        changes.at = *at;
    }
    if (!options.profile.empty()) changes.profile = certs::profile_from(options.profile);
    for (const auto& file : options.trust_files) {
        const auto bytes = read_input_file(file, max_trust_file_bytes);
        if (!bytes) return bytes.error().in("--trust");
        const auto read = certs::read_certificates(*bytes);
        if (!read) return read.error().in(file).in("--trust");
        for (const auto& certificate : read->certificates)
            changes.trusted.push_back({certificate, file});
    }
    return changes;
}

CommandResult replay_all(HistoryQuery& history, const ReplayChanges& changes, bool json, CommandLine& line) {
    const auto ids = history.judged();
    if (!ids) return ids.error();
    ReplaySummary summary;
    for (const auto& id : *ids) {
        auto stored = history.decision(id);
        // A running proxy may have removed it by now.
        if (!stored && stored.error().code != ErrorCode::not_found) return stored.error();
        const auto outcome =
            stored ? replay_decision(*std::move(stored), changes) : Result<ReplayOutcome>(stored.error());
        if (outcome) {
            summary.add(*outcome);
        } else {
            summary.add_not_kept(id, outcome.error().message);
        }
    }
    line.console.out << (json ? to_line(summary.json()) + "\n" : summary.text());
    if (summary.others() > 0) return ExitStatus::refused;
    return summary.same() == 0 && summary.not_kept() > 0 ? ExitStatus::configuration : ExitStatus::ok;
}

CommandResult run_replay(const ReplayOptions& options, CommandLine& line) {
    if (options.id.empty() != options.all)
        return Error{ErrorCode::invalid_argument, "replay needs an ID, or --all and none"};
    const auto changes = changes_from(options, line.console.now());
    if (!changes) return changes.error();
    if (options.all) {
        const auto history = configured_history(line);
        if (!history) return history.error();
        return replay_all(**history, *changes, options.json, line);
    }
    auto stored = find_decision(line, options.id);
    if (!stored) return stored.error();
    const auto outcome = replay_decision(*std::move(stored), *changes);
    if (!outcome) return outcome.error();
    if (options.json) {
        line.console.out << to_line(replay_json(*outcome)) << "\n";
    } else {
        line.console.out << document_text(replay_document(*outcome));
    }
    return outcome->differences.empty() ? ExitStatus::ok : ExitStatus::refused;
}

}  // namespace

void add_audit_command(CLI::App& program, CommandLine& line) {
    auto options = std::make_shared<AuditOptions>();
    CLI::App* command =
        program.add_subcommand("audit", "Failures, repairs, what expires and what changed, from the history");
    command
        ->add_option("--since", options->since, "Only from then on: 24h, 7d, 2026-11-21, or an RFC 3339 time")
        ->type_name("TIME");
    command->add_option("--until", options->until, "Only before then")->type_name("TIME");
    command->add_option("--host", options->host, "Only this host, HOST:PORT, or *.corp.example")
        ->type_name("HOST");
    command->add_option("--reason", options->reason, "Only this reason, for instance issuer_not_found")
        ->type_name("REASON");
    command->add_option("--days", options->days, "What expires within this many days is told; default 30")
        ->type_name("N")
        ->check(CLI::Range(0, 36500));
    command->add_option("--limit", options->limit, "Rows of each table of text; default 20")
        ->type_name("N")
        ->check(CLI::Range(1, 10000));
    auto* json = command->add_flag("--json", options->json, "Answer in JSON");
    auto* csv = command->add_flag("--csv", options->csv, "Answer in CSV, all tables in one");
    json->excludes(csv);
    command->footer(
        "REFUSED: hosts and why, with the newest decision of each kind (chainmend explain ID). REPAIRED: "
        "hosts that\n"
        "do not send their chain, and where the rest came from (chainmend fix HOST). EXPIRING: the first "
        "certificate\n"
        "to expire on the path that is used. CHANGED: another key, issuer or chain, a server that got worse "
        "or was\n"
        "fixed. ISSUER SERVER: how those did that missing issuers were fetched from, slowest first.\n"
        "The counts above the tables are of all decisions; a table that is cut says how many more there are. "
        "With\n"
        "--reason the last three tells of what decisions for that reason were made from.\n"
        "\n"
        "Exit status: 0, also when nothing is found; 3 when there is no history or it can not be read.");
    on_chosen(*command, line, [options, &line] { return run_audit(*options, line); });
}

void add_explain_command(CLI::App& program, CommandLine& line) {
    struct Options {
        std::string id;
        bool json = false;
    };
    auto options = std::make_shared<Options>();
    CLI::App* command = program.add_subcommand("explain", "One decision in full");
    command->add_option("ID", options->id, "The decision, as the refusal and the log name it")->required();
    command->add_flag("--json", options->json, "Answer in JSON: the log's line and more");
    command->footer(
        "What the server sent, the path, every path that was tried and why it failed, every fetch, the "
        "rules, and "
        "what\nwould have made it another decision. The running proxy tells the same at "
        "http://chainmend.internal/d/ID.");
    on_chosen(*command, line, [options, &line] { return run_explain(options->id, options->json, line); });
}

void add_fix_command(CLI::App& program, CommandLine& line) {
    auto options = std::make_shared<FixOptions>();
    CLI::App* command = program.add_subcommand("fix", "The report for a server's administrator");
    command->add_option("ID|HOST", options->what, "A decision, or HOST or HOST:PORT")->required();
    command
        ->add_option("--fullchain", options->fullchain_file,
                     "Write the chain that the server should send: its certificate and intermediates, in\n"
                     "order, without the root; only when there is a good one. - is standard output, and the\n"
                     "report goes to standard error")
        ->type_name("FILE");
    auto* markdown = command->add_flag("--markdown", options->markdown, "As Markdown, for a ticket");
    auto* html = command->add_flag("--html", options->html, "As a web page");
    auto* json = command->add_flag("--json", options->json, "As JSON");
    markdown->excludes(html)->excludes(json);
    html->excludes(json);
    command->footer(
        "What was sent, what is missing, the right fullchain.pem, the lines for nginx, Apache, HAProxy, IIS "
        "and "
        "Tomcat,\na command that proves the repair, and which clients fail today and how they word it. A "
        "host is "
        "taken from the\nhistory; one that was never seen is looked at now.\n"
        "\n"
        "Exit status: 0 nothing is to be repaired; 1 something is; 4 FILE can not be written.");
    on_chosen(*command, line, [options, &line] { return run_fix(*options, line); });
}

void add_replay_command(CLI::App& program, CommandLine& line) {
    auto options = std::make_shared<ReplayOptions>();
    CLI::App* command = program.add_subcommand("replay", "Make a decision again from what is stored");
    command->add_option("ID", options->id, "The decision");
    command->add_flag("--all", options->all, "Every verdict in the history");
    command->add_option("--at", options->at, "As of this time instead of then")->type_name("TIME");
    command
        ->add_option("--trust", options->trust_files,
                     "CA certificates to trust beside the anchors of then, self-signed or not, as\n"
                     "trust.files does with trust.intermediates_as_anchors")
        ->type_name("FILE")
        ->allow_extra_args(false)
        ->expected(1)
        ->take_all();
    command->add_option("--profile", options->profile, "default, rfc5280, webpki or compat")
        ->type_name("PROFILE")
        ->check(CLI::IsMember({"default", "rfc5280", "webpki", "compat"}));
    command->add_flag("--json", options->json, "Answer in JSON");
    command->footer(
        "With the certificates, anchors, issuers and answers of then, and without a network. Without a "
        "change the\n"
        "verdict must be the same bit for bit; otherwise it is told what differs and why, and what would "
        "pass. What\n"
        "was changed itself, such as the days left on another day, is no difference.\n"
        "\n"
        "--all tells of each verdict that comes out otherwise, and of those whose material is not kept any "
        "more;\n"
        "with --json that is one object.\n"
        "\n"
        "Exit status: 0 the same verdict; 1 another; 3 the decision is not kept, of --all not one of them.");
    on_chosen(*command, line, [options, &line] { return run_replay(*options, line); });
}

}  // namespace chainmend::proxy
