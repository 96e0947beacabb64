#include "proxy/tunnel/resumption_cache.h"

#include "proxy/tunnel/verdict_cache.h"

namespace chainmend::proxy {

ResumptionCache::Key ResumptionCache::key(const Authority& server, const certs::ReferenceIdentity& identity,
                                          const std::vector<std::string>& protocols,
                                          const Snapshot& snapshot) {
    // Neither names nor protocols that are offered hold a zero byte or end in one: see VerdictCache::key().
    Key key = server.host.text() + ':' + std::to_string(server.port) + '\0';
    key += (identity.kind() == certs::ReferenceIdentity::Kind::dns ? "dns:" : "ip:") + identity.text() + '\0';
    for (const auto& protocol : protocols)
        key += std::to_string(protocol.size()) + ':' + protocol;
    key += '\0' + std::to_string(snapshot.generation) + '\0';
    key += as_text(snapshot.trust->id());
    return key;
}

std::optional<ResumptionCache::Resumption> ResumptionCache::take(const Key& key, Time now) {
    const std::lock_guard lock(mutex_);
    const auto slot = slots_.find(key);
    if (slot == slots_.end()) return std::nullopt;
    recency_.splice(recency_.begin(), recency_, slot->second.recency);
    auto& connections = slot->second.connections;
    connections.remove_if([&](const Connection& one) { return !VerdictCache::holds(*one.verdict, now, {}); });
    for (const Connection& one : connections) {
        if (auto ticket = one.tickets->take()) return Resumption{one.verdict, std::move(ticket)};
    }
    return std::nullopt;
}

void ResumptionCache::put(const Key& key, VerdictPtr verdict, tls::SessionTicketsPtr tickets) {
    const std::lock_guard lock(mutex_);
    auto slot = slots_.find(key);
    if (slot == slots_.end()) {
        recency_.push_front(key);
        slot = slots_.emplace(key, Slot{{}, recency_.begin()}).first;
    } else {
        recency_.splice(recency_.begin(), recency_, slot->second.recency);
    }
    auto& connections = slot->second.connections;
    connections.push_front({std::move(verdict), std::move(tickets)});
    if (connections.size() > max_connections) connections.pop_back();
    if (slots_.size() <= capacity) return;
    slots_.erase(recency_.back());
    recency_.pop_back();
}

std::size_t ResumptionCache::size() const {
    const std::lock_guard lock(mutex_);
    return slots_.size();
}

}  // namespace chainmend::proxy
