#include "proxy/server.h"

#include <sys/resource.h>

#include <csignal>
#include <fstream>
#include <sstream>
#include <thread>

#include "proxy/admin/admin_server.h"
#include "proxy/io/signal_watch.h"
#include "proxy/monitor/monitor.h"
#include "proxy/start_up_text.h"
#include "proxy/upkeep/upkeep.h"
#include "proxy/worker.h"

namespace chainmend::proxy {
namespace {

Time system_time() {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

std::size_t worker_count(const config::ListenSettings& settings) {
    if (settings.workers > 0) return static_cast<std::size_t>(settings.workers);
    return std::max(1U, std::thread::hardware_concurrency());
}

// A core file would hold the CA's key. A program that core_pattern pipes it to is not bound by the limit
// (core(5)): to that nothing of the memory is given.
void forbid_core_dumps() {
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    std::ofstream("/proc/self/coredump_filter") << "0";
}

Result<SocketAddress> listen_address(const std::string& setting, const std::string& text,
                                     const std::string& instance) {
    const auto address = SocketAddress::parse(text);
    if (address) return *address;
    return Error{ErrorCode::configuration,
                 setting + ": \"" + text + "\" is no address:port, for instance " + instance};
}

}  // namespace

struct Server::Parts {
    config::Settings settings;
    ServerOptions options;
    EventLoop control;  // signals, reloads, admin pages, upkeep and monitor, so that no worker waits for them
    SharedParts shared;
    std::vector<std::unique_ptr<Worker>> workers;
    std::unique_ptr<AdminServer> admin;    // null: switched off, or the default address is busy
    std::unique_ptr<Upkeep> upkeep;        // from run() until the first stop, as is
    std::unique_ptr<Monitor> monitor;      // null without a history
    std::vector<SocketAddress> addresses;  // of the proxy's listeners, the first one is what people are told
    std::string address;
    std::string admin_address;
    Time started_at{};
    std::vector<OperationPtr> signals;
    std::size_t running = 0;
    int stops = 0;

    Result<void> bind();
    Result<void> bind_address(const std::string& setting, const std::string& text,
                              const std::string& instance);
    Result<void> bind_socket(int socket);
    Result<void> bind_admin();
    void start_history();
    Counts counts() const;
    Status status() const;
    Result<void> read();
    void watch_signals();
    void note_warnings(const Snapshot& snapshot);
    void note_unused_exceptions();
    void stop();
    void reload();
    void note_what_needs_a_restart(const config::Settings& settings);
    std::vector<SocketAddress> own_listeners() const;
};

Result<void> Server::Parts::bind() {
    for (std::size_t count = worker_count(settings.listen); count > 0; --count)
        workers.push_back(std::make_unique<Worker>(shared));
    for (const int socket : options.sockets) {
        if (auto bound = bind_socket(socket); !bound) return bound;
    }
    if (!options.sockets.empty()) return {};
    if (auto bound = bind_address("listen.address", settings.listen.address, "127.0.0.1:8181"); !bound)
        return bound;
    for (const auto& text : settings.listen.also) {
        if (auto bound = bind_address("listen.also", text, "[::1]:8181"); !bound) return bound;
    }
    return {};
}

// Every worker has a listener of its own on the same address; the kernel spreads the connections over them.
Result<void> Server::Parts::bind_address(const std::string& setting, const std::string& text,
                                         const std::string& instance) {
    auto wanted = listen_address(setting, text, instance);
    if (!wanted) return wanted.error();
    if (wanted->port != 0) {
        if (auto free = Listener::check_free(*wanted); !free) return free.error();
    }
    for (const auto& worker : workers) {
        const auto bound = worker->listen(*wanted);
        if (!bound) return bound.error();
        wanted = *bound;
    }
    addresses.push_back(*wanted);
    return {};
}

Result<void> Server::Parts::bind_socket(int socket) {
    for (const auto& worker : workers) {
        const auto bound = worker->listen_on(socket);
        if (!bound) return bound.error();
        if (worker == workers.front()) addresses.push_back(*bound);
    }
    return {};
}

// A second proxy on this machine finds the default address busy and goes on without; whoever asked for an
// address gets it or an error.
Result<void> Server::Parts::bind_admin() {
    const auto& text = settings.listen.admin;
    if (text.empty()) return {};
    const auto wanted = listen_address("listen.admin", text, "127.0.0.1:8182");
    if (!wanted) return wanted.error();
    auto made = AdminServer::make(
        control, *wanted, [this] { return status(); }, shared.history.get());
    if (made) {
        admin = std::move(made).value();
        admin_address = admin->local_address().text();
    } else if (text == config::ListenSettings{}.admin) {
        shared.log->note(Level::warning, "no status pages: " + made.error().message);
    } else {
        return made.error().in("listen.admin");
    }
    return {};
}

void Server::Parts::start_history() {
    if (settings.history.database.empty()) return;
    HistoryOptions history;
    history.file = settings.history.database;
    history.limits = {settings.history.keep, settings.history.max_size};
    history.note = [log = shared.log.get()](bool is_good, const std::string& text) {
        log->note(is_good ? Level::info : Level::warning, text);
    };
    history.happened = [this](const HostEvent& event) {
        control.post([this, event] {
            if (monitor) monitor->happened(event);
        });
    };
    shared.history = std::make_unique<History>(std::move(history));
}

std::vector<SocketAddress> Server::Parts::own_listeners() const {
    auto own = addresses;
    if (admin) own.push_back(admin->local_address());
    return own;
}

Counts Server::Parts::counts() const {
    Counts sum;
    for (const auto& worker : workers)
        sum += worker->counts();
    return sum;
}

Status Server::Parts::status() const {
    const auto snapshot = shared.snapshot.load();
    const auto& ca = *snapshot->ca.ca->certificate();
    Status status;
    status.address = address;
    status.at = shared.now();
    // Without a CA no client can be served.
    status.ready = stops == 0 && status.at <= ca.not_after().value_or(Time::min());
    status.started_at = started_at;
    status.workers = workers.size();
    status.generation = snapshot->generation;
    status.connections_open = shared.connections;
    status.counts = counts();
    status.anchors = snapshot->trust->anchors().size();
    status.issuers = snapshot->issuers->size();
    status.issuer_directory = snapshot->settings.repair.store;
    status.distrusted = snapshot->distrust->size();
    if (snapshot->disclosed) status.disclosed = snapshot->disclosed->size();
    status.ca_file = snapshot->ca.certificate_file.string();
    status.ca_pem = ca.pem();
    status.ca_sha256 = to_hex(ca.sha256());
    status.ca_not_after = ca.not_after();
    for (const auto& former : snapshot->ca.former)
        status.ca_former.push_back({to_hex(former->sha256()), former->not_after().value_or(Time{})});
    status.fetches = shared.fetches->snapshot(control.now());
    status.verdicts_remembered = shared.verdicts.size();
    status.minted_remembered = snapshot->mint->size();
    status.minted = snapshot->mint->minted();
    status.log_lines_lost = shared.log->lost();
    if (shared.history) status.history = shared.history->status();
    status.expiries = shared.expiries.read();
    if (monitor) status.monitor = monitor->status();
    if (upkeep) {
        status.list = upkeep->list();
        status.renewals = upkeep->renewals();
    }
    return status;
}

Result<void> Server::Parts::read() {
    auto snapshot = read_snapshot(settings, nullptr, own_listeners(), shared.now());
    if (!snapshot) return snapshot.error();
    note_warnings(**snapshot);
    shared.snapshot.store(std::move(snapshot).value());
    return {};
}

// Before anybody is told that the proxy is up: whoever is told may send a signal at once.
void Server::Parts::watch_signals() {
    for (const int signal : {SIGTERM, SIGINT})
        signals.push_back(watch_signal(control, signal, [this] { stop(); }));
    signals.push_back(watch_signal(control, SIGHUP, [this] { reload(); }));
    signals.push_back(watch_signal(control, SIGUSR1, [this] { shared.log->reopen(); }));
}

/// Told whenever it may be the last chance: before a reload changes them, and at the end.
void Server::Parts::note_unused_exceptions() {
    for (const auto& line : shared.exceptions.unused(shared.snapshot.load()->exceptions))
        shared.log->note(Level::warning, line);
}

void Server::Parts::note_warnings(const Snapshot& snapshot) {
    for (const auto& listener : addresses) {
        if (snapshot.passwords || listener.address.is_loopback()) continue;
        shared.log->note(Level::warning,
                         "everybody who reaches " + listener.text() +
                             " can use this proxy without a password: set listen.auth, or listen "
                             "on loopback only");
    }
    if (admin && !admin->local_address().address.is_loopback()) {
        shared.log->note(Level::warning,
                         "everybody who reaches " + admin->local_address().text() +
                             " can read the status pages, which ask for no password: let listen.admin be on "
                             "loopback");
    }
    for (const auto& warning : snapshot.warnings)
        shared.log->note(Level::warning, warning);
    if (!snapshot.ca_renewal) return;
    HostEvent event;
    event.at = std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
    event.kind = snapshot.ca_renewal->done ? "ca_renewed" : "ca_not_renewed";
    event.detail = snapshot.ca_renewal->detail;
    monitor ? monitor->happened(event) : shared.log->event(event);
}

Result<std::unique_ptr<Server>> Server::make(config::Settings settings, ServerOptions options) {
    auto parts = std::make_unique<Parts>();
    parts->settings = std::move(settings);
    parts->options = std::move(options);
    const auto& monitor = parts->settings.monitor;
    if (parts->settings.history.database.empty() &&
        (!monitor.hosts.empty() || monitor.seen_within.count() > 0))
        return Error{ErrorCode::configuration,
                     "monitor.hosts and monitor.seen_within need a history, which knows what was before: set "
                     "history.database"};
    parts->shared.now = parts->options.now ? parts->options.now : system_time;
    auto log = Log::make(parts->settings.log);
    if (!log) return log.error();
    parts->shared.log = std::move(log).value();
    parts->started_at = parts->shared.now();
    if (auto bound = parts->bind(); !bound) return bound.error();
    parts->address = parts->addresses.front().text();
    parts->start_history();  // only now: a proxy that does not get its address leaves no trace
    if (auto bound = parts->bind_admin(); !bound) return bound.error();
    if (auto read = parts->read(); !read) return read.error();
    if (parts->options.handle_signals) parts->watch_signals();
    return std::unique_ptr<Server>(new Server(std::move(parts)));
}

Server::Server(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Server::~Server() = default;

const std::string& Server::address() const {
    return parts_->address;
}

const std::string& Server::admin_address() const {
    return parts_->admin_address;
}

Counts Server::counts() const {
    return parts_->counts();
}

std::string Server::start_up_text() const {
    std::vector<std::string> addresses;
    for (const auto& listener : parts_->addresses)
        addresses.push_back(listener.text());
    return proxy::start_up_text(*parts_->shared.snapshot.load(), addresses, admin_address(),
                                parts_->options.home, parts_->options.program);
}

void Server::run() {
    ::signal(SIGPIPE, SIG_IGN);
    ::signal(SIGXFSZ, SIG_IGN);  // a file at its limit (ulimit -f) is like a full disk: told, and survived
    forbid_core_dumps();
    auto& parts = *parts_;
    parts.running = parts.workers.size();
    for (auto& worker : parts.workers) {
        worker->start([&parts] {
            parts.control.post([&parts] {
                if (--parts.running == 0) parts.control.stop();
            });
        });
    }
    parts.upkeep = std::make_unique<Upkeep>(parts.control, parts.shared, parts.options.look_at_ca_every,
                                            [&parts] { parts.reload(); });
    if (parts.shared.history) parts.monitor = std::make_unique<Monitor>(parts.control, parts.shared);
    parts.control.run();
    parts.monitor.reset();
    parts.upkeep.reset();
    parts.admin.reset();
    parts.signals.clear();
    parts.workers.clear();
    parts.note_unused_exceptions();
}

void Server::Parts::stop() {
    ++stops;
    monitor.reset();
    upkeep.reset();
    for (auto& worker : workers)
        stops == 1 ? worker->drain() : worker->stop();
}

// All or nothing: the new snapshot comes into force when all of it has been read.
void Server::Parts::reload() {
    shared.log->reopen();
    auto fresh = options.read_settings ? options.read_settings() : Result<config::Settings>(settings);
    auto snapshot = fresh ? read_snapshot(*fresh, shared.snapshot.load(), own_listeners(), shared.now())
                          : Result<SnapshotPtr>(fresh.error());
    if (!snapshot) {
        std::istringstream lines("not reloaded, everything stays as it was: " + snapshot.error().message);
        for (std::string line; std::getline(lines, line);)
            shared.log->note(Level::error, line);
        return;
    }
    note_unused_exceptions();
    note_warnings(**snapshot);
    note_what_needs_a_restart(*fresh);
    shared.log->note(Level::info, "reloaded: " + std::to_string((*snapshot)->trust->anchors().size()) +
                                      " anchors, " + std::to_string((*snapshot)->issuers->size()) +
                                      " issuers");
    shared.snapshot.store(std::move(snapshot).value());
    shared.fetches->forget();
    for (auto& worker : workers)
        worker->take_up_snapshot();
    if (upkeep) upkeep->take_up_snapshot();
    if (monitor) monitor->take_up_snapshot();
}

void Server::Parts::note_what_needs_a_restart(const config::Settings& fresh) {
    const bool listeners =
        fresh.listen.address != settings.listen.address || fresh.listen.also != settings.listen.also ||
        fresh.listen.workers != settings.listen.workers || fresh.listen.admin != settings.listen.admin;
    const bool log = fresh.log.file != settings.log.file || fresh.log.max_size != settings.log.max_size ||
                     fresh.log.keep != settings.log.keep;
    if (listeners)
        shared.log->note(
            Level::warning,
            "listen.address, listen.also, listen.admin and listen.workers take effect after a restart");
    const bool history = fresh.history.database != settings.history.database ||
                         fresh.history.keep != settings.history.keep ||
                         fresh.history.max_size != settings.history.max_size;
    if (log) shared.log->note(Level::warning, "[log] takes effect after a restart");
    if (history) shared.log->note(Level::warning, "[history] takes effect after a restart");
}

void Server::request_stop() {
    parts_->control.post([parts = parts_.get()] { parts->stop(); });
}

void Server::request_reload() {
    parts_->control.post([parts = parts_.get()] { parts->reload(); });
}

void Server::request_log_reopen() {
    parts_->shared.log->reopen();
}

}  // namespace chainmend::proxy
