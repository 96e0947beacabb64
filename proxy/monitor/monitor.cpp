#include "proxy/monitor/monitor.h"

#include <algorithm>
#include <random>
#include <utility>

#include "proxy/history/history_query.h"
#include "proxy/io/work_item.h"

namespace chainmend::proxy {
namespace {

using std::chrono::milliseconds;

// The proxy's own certificates are looked at this often, and it is asked whom clients began to ask for.
constexpr std::chrono::hours look_around_every{1};

/// A host that clients ask for is found before it is forgotten, and no later than its next look is due.
milliseconds ask_again_after(const config::MonitorSettings& settings) {
    const milliseconds half = std::chrono::duration_cast<milliseconds>(settings.seen_within) / 2;
    const milliseconds longest = std::min<milliseconds>(look_around_every, settings.interval);
    return std::max<milliseconds>(std::min(longest, half), std::chrono::seconds{1});
}

std::function<double()> random_numbers() {
    auto engine = std::make_shared<std::minstd_rand>(std::random_device{}());
    return [engine] { return std::uniform_real_distribution<double>(0, 1)(*engine); };
}

RecordTime record_time() {
    return std::chrono::time_point_cast<milliseconds>(std::chrono::system_clock::now());
}

/// A history that can not be asked now is asked again later.
std::vector<std::string> hosts_asked_for(const std::string& file, RecordTime since) {
    std::vector<std::string> names;
    auto history = open_history(file);
    if (!history) return names;
    const auto hosts = (*history)->asked_for(since, Monitor::max_hosts);
    if (!hosts) return names;
    for (const auto& host : *hosts) {
        const bool is_v6 = host.host.find(':') != std::string::npos;
        names.push_back((is_v6 ? "[" + host.host + "]" : host.host) + ":" + std::to_string(host.port));
    }
    return names;
}

}  // namespace

Monitor::Monitor(EventLoop& loop, SharedParts& shared, MonitorOptions options)
    : loop_(loop),
      shared_(shared),
      options_(std::move(options)),
      dial_parts_(loop, shared),
      delivery_(dial_parts_.parts()),
      schedule_(options_.once ? [] { return 0.0; } : random_numbers()),
      alarm_(loop, [this] { look_at_due(); }) {
    take_up_snapshot();
}

void Monitor::take_up_snapshot() {
    dial_parts_.take_up_snapshot();
    seen_step_ = start_timer(loop_, milliseconds{0}, [this] { find_seen(); });
    own_step_ = start_timer(loop_, milliseconds{0}, [this] { warn_of_own(); });
}

/// Asks the history, on the thread pool, whom clients asked for; then everybody is known who is looked at.
void Monitor::find_seen() {
    const auto snapshot = shared_.snapshot.load();
    const auto within = snapshot->settings.monitor.seen_within;
    if (within.count() == 0 || !shared_.history) return take_seen({});
    auto names = std::make_shared<std::vector<std::string>>();
    const auto since = record_time() - std::chrono::duration_cast<milliseconds>(within);
    seen_step_ = start_work(
        loop_,
        [names, file = snapshot->settings.history.database, since] { *names = hosts_asked_for(file, since); },
        [this, names] { take_seen(*names); });
}

void Monitor::take_seen(const std::vector<std::string>& names) {
    seen_ = names;
    schedule();
    const auto& settings = shared_.snapshot.load()->settings.monitor;
    const bool is_asked = settings.seen_within.count() > 0;
    if (!options_.once && is_asked)
        seen_step_ = start_timer(loop_, ask_again_after(settings), [this] { find_seen(); });
}

void Monitor::schedule() {
    const auto snapshot = shared_.snapshot.load();
    const auto& settings = snapshot->settings.monitor;
    servers_.clear();
    std::vector<std::string> names;
    for (const auto* some : {&settings.hosts, &std::as_const(seen_)}) {
        for (const auto& text : *some) {
            auto server = parse_server(text);
            if (!server || servers_.size() >= max_hosts) continue;
            const auto name = server->text();
            if (servers_.emplace(name, *std::move(server)).second) names.push_back(name);
        }
    }
    std::erase_if(silent_, [&](const auto& one) { return !servers_.contains(one.first); });
    status_.hosts = servers_.size();
    if (options_.once) left_ = servers_.size();
    schedule_.set(names, settings.interval, loop_.now());
    if (options_.once && left_ == 0 && options_.done) return options_.done();
    set_alarm();
}

void Monitor::set_alarm() {
    const auto next = schedule_.next();
    if (!next) return alarm_.clear();
    if (looks_.size() < at_once) alarm_.set(std::max(*next - loop_.now(), milliseconds{0}));
}

void Monitor::look_at_due() {
    for (const auto& name : schedule_.take_due(loop_.now(), at_once - looks_.size())) {
        const auto place = looks_.emplace(looks_.end());
        *place =
            start_server_look(dial_parts_.parts(), servers_.at(name),
                              [this, place](LookOutcome outcome) { looked_at(place, std::move(outcome)); });
    }
    set_alarm();
}

void Monitor::looked_at(std::list<OperationPtr>::iterator place, LookOutcome outcome) {
    looks_.erase(place);
    for (const auto& host : outcome)
        record(host);
    if (!options_.once) tell_of_silent(outcome.front());
    if (options_.looked) options_.looked(outcome);
    set_alarm();
    if (left_ > 0 && --left_ == 0 && options_.done) options_.done();
}

void Monitor::record(const CheckedHost& host) {
    ++status_.looks;
    if (!host.accepted()) ++status_.bad;
    auto record = std::make_shared<DecisionRecord>();
    record->id = shared_.ids.next();
    record->at = record_time();
    record->duration = host.elapsed;
    record->user_agent = "chainmend monitor";
    record->host = host.host;
    record->server = {host.address, host.port};
    record->tls.version = host.tls;
    record->accepted = host.accepted();
    record->reason = host.reason;
    record->detail = host.cause;
    record->verdict = host.verdict;
    const auto snapshot = shared_.snapshot.load();
    shared_.expiries.note(*record);
    shared_.history->decision(record, snapshot->policy);
    if (!host.verdict) return;
    HostEvent about;
    about.at = record->at;
    about.host = host.host;
    about.port = host.port;
    about.decision = record->id;
    tell(expiry_warnings(*host.verdict, about, snapshot->settings.monitor.warn_days));
}

/// Told when it begins: clients take another address, and nobody would notice.
void Monitor::tell_of_silent(const CheckedHost& host) {
    auto& known = silent_[host.name()];
    for (const auto& address : host.silent) {
        if (std::find(known.begin(), known.end(), address) != known.end()) continue;
        HostEvent event;
        event.at = record_time();
        event.kind = "address_silent";
        event.host = host.host;
        event.port = host.port;
        event.detail = "an address of this name was not reached: " + address;
        happened(event);
    }
    known = host.silent;
}

/// The signing CA is on no path to a server, and every client is lost when it ends.
void Monitor::warn_of_own() {
    const auto snapshot = shared_.snapshot.load();
    const auto warn = [&](const certs::Certificate& certificate, const char* what) {
        HostEvent about;
        about.at = record_time();
        about.detail = what;
        if (const auto expires = certificate.not_after())
            tell(warn_of_end(to_hex(certificate.sha256()), certificate.display_name(), *expires,
                             shared_.now(), std::move(about), snapshot->settings.monitor.warn_days));
    };
    if (shared_.history && snapshot->ca.ca) {
        warn(*snapshot->ca.ca->certificate(),
             "this proxy's signing CA; chainmend ca rotate makes the next one");
        for (const auto& former : snapshot->ca.former)
            warn(*former,
                 "this proxy's signing CA before it was renewed: clients that trust it need the "
                 "renewed one, which chainmend ca install and ca export give them");
    }
    if (!options_.once) own_step_ = start_timer(loop_, look_around_every, [this] { warn_of_own(); });
}

void Monitor::tell(std::vector<ExpiryWarning> warnings) {
    for (auto& warning : warnings)
        shared_.history->tell_once(std::move(warning.subject), warning.threshold, std::move(warning.event));
}

void Monitor::happened(const HostEvent& event) {
    ++status_.events;
    options_.told ? options_.told(event) : shared_.log->event(event);
    delivery_.deliver(event);
}

MonitorStatus Monitor::status() const {
    auto status = status_;
    status.delivery = delivery_.status();
    return status;
}

}  // namespace chainmend::proxy
