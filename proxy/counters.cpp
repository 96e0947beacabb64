#include "proxy/counters.h"

namespace chainmend::proxy {
namespace {

void add(Counts::ByName& to, const Counts::ByName& from) {
    for (const auto& [name, count] : from)
        to[name] += count;
}

// What an accepted path needed beside what was sent. A remembered verdict repairs anew each time.
void count_issuers(Counts& counts, const certs::Verdict& verdict) {
    for (const auto& element : verdict.path) {
        if (element.disclosed) ++(*element.disclosed ? counts.disclosed : counts.undisclosed);
        switch (element.source) {
            case certs::Source::store:
            case certs::Source::import:
            case certs::Source::aia:
                ++counts.repairs[certs::to_string(element.source)];
                break;
            case certs::Source::server:
            case certs::Source::untrusted:
            case certs::Source::trust:
                break;
        }
    }
}

}  // namespace

Counts& Counts::operator+=(const Counts& other) {
    connections += other.connections;
    plain_requests += other.plain_requests;
    add(accepted, other.accepted);
    unjudged += other.unjudged;
    add(refused, other.refused);
    remembered += other.remembered;
    add(repairs, other.repairs);
    disclosed += other.disclosed;
    undisclosed += other.undisclosed;
    add(tunnels_ended, other.tunnels_ended);
    bytes_from_client += other.bytes_from_client;
    bytes_from_server += other.bytes_from_server;
    for (const auto& [label, times] : other.handshakes)
        handshakes[label] += times;
    for (const auto& [label, times] : other.decision_times)
        decision_times[label] += times;
    return *this;
}

void Counters::connection() {
    const std::lock_guard lock(mutex_);
    ++counts_.connections;
}

void Counters::plain_request() {
    const std::lock_guard lock(mutex_);
    ++counts_.plain_requests;
}

void Counters::decision(const DecisionRecord& record) {
    const std::lock_guard lock(mutex_);
    if (record.remembered) ++counts_.remembered;
    counts_.decision_times[record.accepted ? "accepted" : "refused"].add(record.duration);
    if (!record.accepted) {
        ++counts_.refused[record.reason];
        return;
    }
    if (!record.verdict || !record.verdict->how) {
        ++counts_.unjudged;
        return;
    }
    ++counts_.accepted[certs::to_string(*record.verdict->how)];
    count_issuers(counts_, *record.verdict);
}

void Counters::tunnel(const TunnelRecord& record) {
    const std::lock_guard lock(mutex_);
    ++counts_.tunnels_ended[record.end];
    counts_.bytes_from_client += record.bytes_from_client;
    counts_.bytes_from_server += record.bytes_from_server;
}

void Counters::handshake(Side side, bool succeeded, std::chrono::nanoseconds duration) {
    const std::lock_guard lock(mutex_);
    counts_.handshakes[{side == Side::server ? "server" : "client", succeeded ? "success" : "failure"}].add(
        duration);
}

Counts Counters::read() const {
    const std::lock_guard lock(mutex_);
    return counts_;
}

}  // namespace chainmend::proxy
