#include "proxy/cli/check_command.h"

#include <signal.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>

#include "config/sha256_text.h"
#include "proxy/cli/settings_file.h"
#include "proxy/files/named_output.h"
#include "proxy/host_check.h"
#include "proxy/judging_snapshot.h"
#include "proxy/report/check_monitoring.h"
#include "proxy/report/printable.h"

namespace chainmend::proxy {
namespace {

constexpr const char* footer =
    "Each server is dialled as the proxy would dial it: the same names, trust, issuer store, fetching, "
    "bounds\n"
    "and verdict, with no proxy in between and no request sent. An issuer that was fetched and found good "
    "is\n"
    "kept in the issuer store, as the proxy keeps it. PORT is 443 when it is not given.\n"
    "\n"
    "One host is told in full, several are a line each. --json writes one object a line for each host, in\n"
    "their order: the fields of chainmend verify --json, and port, address, tls (the version), presented\n"
    "(fingerprints of what was sent) and out_of_order. A host that showed no certificates has the decision\n"
    "\"refused\" and a reason such as dns_error, connection_refused, connection_timeout or not_tls;\n"
    "elapsed_us is the time for the whole look.\n"
    "\n"
    "--prom writes the metrics chainmend_check_accepted, chainmend_check_repaired and\n"
    "chainmend_check_days_left. --nagios writes one line and ends with 0 (OK), 1 (WARNING: repaired, or few\n"
    "days left), 2 (CRITICAL: refused, not reached, or hardly any days left) or 3 (UNKNOWN: it could not\n"
    "look).\n"
    "\n"
    "Examples:\n"
    "  chainmend check example.com\n"
    "  chainmend check example.com:8443 --fullchain fullchain.pem\n"
    "  chainmend check --nagios --warn-days 30 --critical-days 10 a.example b.example\n"
    "\n"
    "Exit status without --nagios: 0 all hosts accepted, as sent or repaired; 1 a host was refused or not\n"
    "reached; 2 usage; 3 configuration; 4 FILE can not be written.";

struct CheckOptions {
    std::vector<std::string> hosts;
    std::vector<std::string> trust_files;
    std::string fullchain_file;
    bool json = false;
    bool prom = false;
    bool nagios = false;
    bool pins = false;
    ExpiryThresholds thresholds;
};

/// In the order given, each once: a metric may not be there twice.
Result<std::vector<Authority>> servers_from(const std::vector<std::string>& texts) {
    std::vector<Authority> servers;
    for (const auto& text : texts) {
        if (text.empty()) return Error{ErrorCode::invalid_argument, "HOST[:PORT] is empty"};
        auto server = parse_server(text);
        if (!server) return Error{ErrorCode::invalid_argument, "HOST[:PORT]: " + server.error().message};
        if (std::find(servers.begin(), servers.end(), *server) == servers.end())
            servers.push_back(*std::move(server));
    }
    return servers;
}

Result<SnapshotPtr> read_snapshot_for(const CheckOptions& options, CommandLine& line) {
    auto settings = settings_in_force(line);
    if (!settings) return settings.error();
    for (const auto& file : options.trust_files)
        settings->trust.files.push_back(std::filesystem::absolute(file).string());
    auto snapshot = read_judging_snapshot(*settings, line.console.now());
    if (!snapshot) return snapshot.error();
    for (const auto& warning : (*snapshot)->warnings)
        line.console.err << "chainmend: note: " << warning << "\n";
    return snapshot;
}

Result<std::vector<CheckedHost>> look_at(const std::vector<Authority>& servers, SnapshotPtr snapshot,
                                         Console& console) {
    constexpr const char* clear_line = "\r\033[K";
    HostCheckOptions options;
    options.now = console.now;
    const bool progress = console.progress && servers.size() > 1;
    if (progress) {
        options.progressed = [&](std::size_t done) {
            console.err << clear_line << done << " of " << servers.size() << " hosts checked" << std::flush;
        };
    }
    auto hosts = check_hosts(std::move(snapshot), servers, options);
    if (progress) console.err << clear_line << std::flush;
    return hosts;
}

Result<void> write_full_chain(const CheckedHost& host, const std::string& file, Console& console) {
    const std::string pem = full_chain(host);
    if (pem.empty()) {
        console.err << "chainmend: " << file << " is not written: there is no good chain for " << host.name()
                    << "\n";
        return {};
    }
    return write_named_output(file, pem, 0644, console.out);  // certificates are public
}

/// The path's keys as pins: TOML for a [[host]] rule.
std::string pin_text(const CheckedHost& host) {
    if (!host.verdict || host.verdict->path.empty()) {
        return "# " + host.name() + ": no certificates were seen (" + host.reason + ")\n";
    }
    std::string text =
        "# " + host.name() + (host.accepted() ? "" : ": REFUSED, " + host.reason) +
        "\n# One of the keys on the path is enough. The server's own changes most often, a CA's\n"
        "# vouches for others too. Keep a backup pin for the day the key is lost.\n";
    for (const auto& element : host.verdict->path) {
        const auto& certificate = *element.certificate;
        text += "\"" + to_base64(certificate.spki_sha256()) + "\"  # " +
                printable_ascii(certificate.display_name(), 60) +
                (certificate.not_after() ? ", until " + to_date(*certificate.not_after()) : "") + "\n";
    }
    return text;
}

void print(const std::vector<CheckedHost>& hosts, const CheckOptions& options, std::ostream& out,
           bool colour) {
    if (options.nagios) {
        out << plugin_line(hosts, options.thresholds);
    } else if (options.prom) {
        out << check_metrics(hosts);
    } else if (options.json) {
        for (const auto& host : hosts)
            out << to_line(check_json(host)) << "\n";
    } else if (options.pins) {
        for (const auto& host : hosts)
            out << pin_text(host);
    } else if (hosts.size() == 1) {
        out << check_text(hosts.front(), options.thresholds, colour);
    } else {
        out << check_table(hosts, options.thresholds);
    }
}

/// Where the chain is the answer, what is told of it is a note.
void print(const std::vector<CheckedHost>& hosts, const CheckOptions& options, Console& console) {
    const bool is_note = is_standard_output(options.fullchain_file);
    print(hosts, options, is_note ? console.err : console.out, is_note ? console.err_colour : console.colour);
}

CommandResult run(const CheckOptions& options, CommandLine& line) {
    const auto servers = servers_from(options.hosts);
    if (!servers) return servers.error();
    if (!options.fullchain_file.empty() && servers->size() > 1)
        return Error{ErrorCode::invalid_argument, "--fullchain is for one host at a time"};
    if (options.thresholds.critical > options.thresholds.warning)
        return Error{ErrorCode::invalid_argument, "--critical-days may not be more than --warn-days"};
    auto snapshot = read_snapshot_for(options, line);
    if (!snapshot) return snapshot.error();
    ::signal(SIGPIPE, SIG_IGN);  // a server that closes is an answer, not the end of the program
    const auto hosts = look_at(*servers, *std::move(snapshot), line.console);
    if (!hosts) return hosts.error();
    print(*hosts, options, line.console);
    if (!options.fullchain_file.empty()) {
        if (auto done = write_full_chain(hosts->front(), options.fullchain_file, line.console); !done)
            return Error{ErrorCode::environment, done.error().message};
    }
    // A plugin's exit statuses are Nagios' own, whatever the same numbers mean elsewhere.
    if (options.nagios) return static_cast<ExitStatus>(plugin_state(*hosts, options.thresholds));
    const bool good =
        std::all_of(hosts->begin(), hosts->end(), [](const auto& host) { return host.accepted(); });
    return good ? ExitStatus::ok : ExitStatus::refused;
}

void add_forms(CLI::App& command, CheckOptions& options) {
    auto* json = command.add_flag("--json", options.json, "Answer in JSON, one object a line");
    auto* prom = command.add_flag("--prom", options.prom, "Answer in Prometheus' text format");
    auto* nagios = command.add_flag("--nagios", options.nagios, "Answer and end as a Nagios plugin does");
    auto* pins = command.add_flag("--pins", options.pins,
                                  "Print the public keys on the path, as [[host]] pins take them");
    pins->excludes(json)->excludes(prom)->excludes(nagios);
    json->excludes(prom)->excludes(nagios);
    prom->excludes(nagios);
}

}  // namespace

void add_check_command(CLI::App& program, CommandLine& line) {
    auto options = std::make_shared<CheckOptions>();
    CLI::App* command = program.add_subcommand("check", "Look at servers as the proxy sees them");
    command->add_option("HOST", options->hosts, "The servers to dial, each HOST or HOST:PORT")->required();
    command
        ->add_option("--trust", options->trust_files,
                     "CA certificates to trust beside the configured ones, as by trust.files; may be given\n"
                     "several times")
        ->type_name("FILE")
        ->allow_extra_args(false)
        ->expected(1)
        ->take_all();
    command
        ->add_option("--fullchain", options->fullchain_file,
                     "Write the chain that the one HOST should send: its certificate and intermediates, in\n"
                     "order, without the root; only when it is accepted. - is standard output, and what is\n"
                     "told goes to standard error")
        ->type_name("FILE");
    add_forms(*command, *options);
    command
        ->add_option("--warn-days", options->thresholds.warning,
                     "Fewer days left than this are soon; default 21")
        ->type_name("N")
        ->check(CLI::Range(0, 36500));
    command
        ->add_option("--critical-days", options->thresholds.critical,
                     "Fewer than this are critical to --nagios; default 7")
        ->type_name("N")
        ->check(CLI::Range(0, 36500));
    command->footer(footer);
    on_chosen(*command, line, [options, &line] { return run(*options, line); });
}

}  // namespace chainmend::proxy
