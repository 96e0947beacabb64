#include "proxy/cli/watch_command.h"

#include <signal.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>

#include "proxy/cli/settings_file.h"
#include "proxy/command_worker.h"
#include "proxy/io/signal_watch.h"
#include "proxy/judging_snapshot.h"
#include "proxy/monitor/monitor.h"
#include "proxy/report/check_monitoring.h"

namespace chainmend::proxy {
namespace {

constexpr const char* footer =
    "Looks at monitor.hosts, or at the HOSTs given instead, as the proxy would dial them, each at every\n"
    "address of its name, again and again until TERM. The running proxy does the same by itself when\n"
    "monitor.hosts is set; this is for a machine without one, or for cron.\n"
    "\n"
    "A line is written for what should be heard of: what ends within monitor.warn_days, and again within\n"
    "14, 7 and 1 (leaf, intermediates, anchor: the path that is used); and what changed: new_key,\n"
    "new_issuer, chain_differs (between two addresses of one name), got_worse, fixed. Each is told once,\n"
    "also across runs: the history remembers. address_silent is told by each run anew: one of the name's\n"
    "addresses could not be reached; with --once the table says so. The same goes to monitor.command and\n"
    "monitor.webhook.\n"
    "\n"
    "Examples:\n"
    "  chainmend watch\n"
    "  chainmend watch --once intranet.example:8443 www.example\n"
    "  */15 * * * *  chainmend watch --once >/dev/null || mail -s chainmend ops@example </dev/null\n"
    "  chainmend watch --nagios www.example\n"
    "\n"
    "Exit status: 0 all hosts accepted (or ended by TERM); 1 one was refused or not reached; 2 usage;\n"
    "3 configuration. With --nagios 0 (OK), 1 (WARNING: repaired, or it ends within monitor.warn_days),\n"
    "2 (CRITICAL: refused, not reached, or less than a week left) or 3 (UNKNOWN: it could not look).";

struct WatchOptions {
    std::vector<std::string> hosts;
    bool once = false;
    bool json = false;
    bool nagios = false;
};

/// One run of the command: a loop, a monitor on it, and what it says.
class Watch {
  public:
    Watch(CommandWorker& worker, const WatchOptions& options, CommandLine& line)
        : worker_(worker), options_(options), console_(line.console) {
        auto& shared = worker_.parts().shared;
        const auto& settings = worker_.snapshot()->settings;
        HistoryOptions history;
        history.file = settings.history.database;
        history.limits = {settings.history.keep, settings.history.max_size};
        history.note = [log = shared.log.get()](bool is_good, const std::string& text) {
            log->note(is_good ? Level::info : Level::warning, text);
        };
        history.happened = [this](const HostEvent& event) {
            worker_.parts().loop.post([this, event] { monitor_->happened(event); });
        };
        shared.history = std::make_unique<History>(std::move(history));
    }
    /// The history goes first: its thread posts to the loop, and the monitor uses it.
    ~Watch() {
        worker_.parts().shared.history->wait_until_written();
        monitor_.reset();
        worker_.parts().shared.history.reset();
    }
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

    std::vector<CheckedHost> run() {
        auto& loop = worker_.parts().loop;
        std::vector<OperationPtr> signals;
        if (!once()) {
            for (const int signal : {SIGTERM, SIGINT})
                signals.push_back(watch_signal(loop, signal, [&loop] { loop.stop(); }));
        }
        MonitorOptions options;
        options.once = once();
        options.looked = [this](const LookOutcome& outcome) { looked(outcome); };
        options.told = [this](const HostEvent& event) { tell(event); };
        options.done = [this] { finish(); };
        monitor_ = std::make_unique<Monitor>(loop, worker_.parts().shared, std::move(options));
        loop.run();
        return std::move(hosts_);
    }

  private:
    bool once() const { return options_.once || options_.nagios; }

    void looked(const LookOutcome& outcome) {
        if (options_.json) {
            for (const auto& host : outcome)
                console_.out << to_line(check_json(host)) << "\n" << std::flush;
        }
        if (once()) hosts_.insert(hosts_.end(), outcome.begin(), outcome.end());
    }

    void tell(const HostEvent& event) {
        if (options_.nagios) return;  // a plugin says one line
        console_.out << (options_.json ? to_line(host_event_json(event)) : host_event_text(event)) << "\n"
                     << std::flush;
    }

    /// Everything was looked at: what is new comes from the history, and may have to be delivered.
    void finish() {
        auto& loop = worker_.parts().loop;
        worker_.parts().shared.history->wait_until_written();
        loop.post([this, &loop] {
            if (monitor_->delivery().is_idle()) return loop.stop();
            monitor_->delivery().when_idle([&loop] { loop.stop(); });
        });
    }

    CommandWorker& worker_;
    const WatchOptions& options_;
    Console& console_;
    std::unique_ptr<Monitor> monitor_;
    std::vector<CheckedHost> hosts_;
};

Result<config::Settings> settings_for(const WatchOptions& options, CommandLine& line) {
    auto settings = settings_in_force(line);
    if (!settings) return settings;
    if (!options.hosts.empty()) {
        settings->monitor.hosts = options.hosts;
        settings->monitor.seen_within = {};
    }
    for (const auto& host : options.hosts) {
        if (const auto server = parse_server(host); !server)
            return Error{ErrorCode::invalid_argument, "HOST[:PORT]: " + server.error().message};
    }
    const auto& monitor = settings->monitor;
    if (monitor.hosts.empty() && monitor.seen_within.count() == 0)
        return Error{ErrorCode::invalid_argument,
                     "there is nothing to look at: name a HOST, or set monitor.hosts"};
    if (settings->history.database.empty())
        return Error{ErrorCode::configuration,
                     "history.database is empty, so nobody knows what was before: set it"};
    return settings;
}

CommandResult run_watch(const WatchOptions& options, CommandLine& line) {
    const auto settings = settings_for(options, line);
    if (!settings) return settings.error();
    auto snapshot = read_judging_snapshot(*settings, line.console.now());
    if (!snapshot) return snapshot.error();
    ::signal(SIGPIPE, SIG_IGN);  // a server that closes is an answer, not the end of the program
    auto worker = CommandWorker::make(*std::move(snapshot), line.console.now);
    if (!worker) return worker.error();
    const auto hosts = Watch(**worker, options, line).run();
    if (options.nagios) {
        ExpiryThresholds thresholds;
        thresholds.warning = std::max(settings->monitor.warn_days, thresholds.critical);
        line.console.out << plugin_line(hosts, thresholds);
        return static_cast<ExitStatus>(plugin_state(hosts, thresholds));
    }
    if (options.once && !options.json) line.console.out << check_table(hosts, {});
    const bool good =
        std::all_of(hosts.begin(), hosts.end(), [](const auto& host) { return host.accepted(); });
    return good ? ExitStatus::ok : ExitStatus::refused;
}

}  // namespace

void add_watch_command(CLI::App& program, CommandLine& line) {
    auto options = std::make_shared<WatchOptions>();
    CLI::App* command = program.add_subcommand("watch", "Look at servers on a schedule");
    command->add_option("HOST", options->hosts, "Servers, each HOST or HOST:PORT; else monitor.hosts");
    command->add_flag("--once", options->once, "Look at each once and end");
    auto* json = command->add_flag("--json", options->json, "Every look and event in JSON, an object a line");
    auto* nagios =
        command->add_flag("--nagios", options->nagios, "Look once, answer and end as a Nagios plugin does");
    json->excludes(nagios);
    command->footer(footer);
    on_chosen(*command, line, [options, &line] { return run_watch(*options, line); });
}

}  // namespace chainmend::proxy
