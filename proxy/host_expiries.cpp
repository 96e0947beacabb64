#include "proxy/host_expiries.h"

#include <algorithm>

namespace chainmend::proxy {

void HostExpiries::note(const DecisionRecord& record) {
    if (!record.verdict || !record.verdict->expires) return;
    if (!record.accepted && record.reason != certs::to_string(certs::Reason::expired)) return;
    const Time expires = record.verdict->expires->at;
    // What the certificate is good for may not be what the client asked to be connected to.
    const auto& name = record.verdict->host.empty() ? record.host : record.verdict->host;
    const std::lock_guard lock(mutex_);
    ends_.insert_or_assign(Name{name, record.server.port}, expires);
    if (ends_.size() <= capacity) return;
    ends_.erase(std::max_element(ends_.begin(), ends_.end(), [](const auto& one, const auto& other) {
        return one.second < other.second;
    }));
}

std::vector<HostEnd> HostExpiries::read() const {
    const std::lock_guard lock(mutex_);
    std::vector<HostEnd> ends;
    for (const auto& [name, expires] : ends_)
        ends.push_back({name.first, name.second, expires});
    return ends;
}

}  // namespace chainmend::proxy
