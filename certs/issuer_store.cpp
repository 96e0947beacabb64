#include "certs/issuer_store.h"

#include <openssl/x509.h>

namespace chainmend::certs {

bool IssuerStore::add(StoredIssuer issuer) {
    if (!issuer.certificate->is_ca()) return false;
    const Sha256 sha256 = issuer.certificate->sha256();
    const std::lock_guard lock(mutex_);
    if (capacity_ == 0 || slots_.count(sha256) != 0) return false;
    if (slots_.size() >= capacity_) erase(slots_.find(recency_.back()));
    recency_.push_front(sha256);
    const X509_NAME* subject = X509_get_subject_name(issuer.certificate->x509());
    slots_.emplace(sha256, Slot{std::move(issuer), recency_.begin()});
    by_subject_.emplace(subject, sha256);
    return true;
}

bool IssuerStore::remove(const Sha256& sha256) {
    const std::lock_guard lock(mutex_);
    const auto slot = slots_.find(sha256);
    if (slot == slots_.end()) return false;
    erase(slot);
    return true;
}

std::vector<StoredIssuer> IssuerStore::issuers_of(const Certificate& child) const {
    const std::lock_guard lock(mutex_);
    std::vector<StoredIssuer> found;
    const auto [first, last] = by_subject_.equal_range(X509_get_issuer_name(child.x509()));
    for (auto it = first; it != last; ++it)
        found.push_back(slots_.at(it->second).issuer);
    return found;
}

std::optional<StoredIssuer> IssuerStore::find(const Sha256& sha256) const {
    const std::lock_guard lock(mutex_);
    const auto slot = slots_.find(sha256);
    if (slot == slots_.end()) return std::nullopt;
    return slot->second.issuer;
}

void IssuerStore::mark_useful(const Sha256& sha256) {
    const std::lock_guard lock(mutex_);
    const auto slot = slots_.find(sha256);
    if (slot == slots_.end()) return;
    recency_.splice(recency_.begin(), recency_, slot->second.recency);
}

std::vector<StoredIssuer> IssuerStore::all() const {
    const std::lock_guard lock(mutex_);
    std::vector<StoredIssuer> issuers;
    issuers.reserve(slots_.size());
    for (const auto& [sha256, slot] : slots_)
        issuers.push_back(slot.issuer);
    return issuers;
}

std::size_t IssuerStore::size() const {
    const std::lock_guard lock(mutex_);
    return slots_.size();
}

void IssuerStore::erase(std::map<Sha256, Slot>::iterator slot) {
    const X509_NAME* subject = X509_get_subject_name(slot->second.issuer.certificate->x509());
    auto [it, last] = by_subject_.equal_range(subject);
    while (it != last && it->second != slot->first)
        ++it;
    // The index entry's key is this issuer's own subject: it goes before the certificate does.
    if (it != last) by_subject_.erase(it);
    recency_.erase(slot->second.recency);
    slots_.erase(slot);
}

}  // namespace chainmend::certs
