#include "proxy/tunnel/verdict_cache.h"

namespace chainmend::proxy {
bool VerdictCache::holds(const certs::Verdict& verdict, Time now,
                         std::chrono::milliseconds remember_refused) {
    if (now < verdict.at) return false;
    if (!verdict.accepted()) return now - verdict.at < remember_refused;
    if (verdict.revocation.recheck_at && now >= *verdict.revocation.recheck_at) return false;
    return verdict.expires && now <= verdict.expires->at && now - verdict.at < remember_accepted;
}

VerdictCache::Key VerdictCache::key(const certs::PresentedChain& presented,
                                    const certs::ReferenceIdentity& identity, const Snapshot& snapshot,
                                    const Bytes* staple) {
    Key key;
    for (const auto& certificate : presented.certificates)
        key += as_text(certificate->sha256());
    // Hashes have a fixed length and names no zero bytes, so different questions have different keys.
    key += std::to_string(presented.certificates.size()) + '\0';
    key += (identity.kind() == certs::ReferenceIdentity::Kind::dns ? "dns:" : "ip:") + identity.text() + '\0';
    key += std::to_string(snapshot.generation) + '\0';
    key += as_text(snapshot.trust->id());
    if (staple) key += "staple:" + std::string(as_text(*staple));
    return key;
}

VerdictCache::VerdictPtr VerdictCache::find(const Key& key, Time now,
                                            std::chrono::milliseconds remember_refused) {
    std::lock_guard lock(mutex_);
    const auto slot = slots_.find(key);
    if (slot == slots_.end()) return nullptr;
    if (!holds(*slot->second.verdict, now, remember_refused)) {
        recency_.erase(slot->second.recency);
        slots_.erase(slot);
        return nullptr;
    }
    recency_.splice(recency_.begin(), recency_, slot->second.recency);
    return slot->second.verdict;
}

void VerdictCache::put(const Key& key, VerdictPtr verdict) {
    std::lock_guard lock(mutex_);
    if (const auto known = slots_.find(key); known != slots_.end()) {
        known->second.verdict = std::move(verdict);
        return;
    }
    recency_.push_front(key);
    slots_.emplace(key, Slot{std::move(verdict), recency_.begin()});
    if (slots_.size() <= capacity) return;
    slots_.erase(recency_.back());
    recency_.pop_back();
}

std::size_t VerdictCache::size() const {
    std::lock_guard lock(mutex_);
    return slots_.size();
}

}  // namespace chainmend::proxy
