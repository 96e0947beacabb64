#include "certs/issuer_store.h"

#include <openssl/err.h>
#include <openssl/x509.h>

namespace chainmend::certs {

bool IssuerStore::add(StoredIssuer issuer) {
    if (!issuer.certificate->is_ca()) return false;
    const Sha256 sha256 = issuer.certificate->sha256();
    const std::lock_guard lock(mutex_);
    return insert(sha256, slot_of(std::move(issuer)));
}

IssuerStore::Slot IssuerStore::slot_of(StoredIssuer issuer) {
    // The name lives in the certificate, and the certificate as long as this.
    std::shared_ptr<const X509_NAME> subject(issuer.certificate,
                                             X509_get_subject_name(issuer.certificate->x509()));
    return Slot{std::move(issuer), std::nullopt, std::move(subject), {}};
}

bool IssuerStore::add(EncodedIssuer issuer) {
    const Sha256 sha256 = issuer.certificate.sha256();
    const ByteView der = issuer.certificate.subject();
    const unsigned char* at = der.data();
    std::shared_ptr<X509_NAME> subject(d2i_X509_NAME(nullptr, &at, static_cast<long>(der.size())),
                                       X509_NAME_free);
    if (!subject) {
        ERR_clear_error();
        return false;
    }
    const std::lock_guard lock(mutex_);
    return insert(sha256,
                  Slot{{nullptr, issuer.source, std::move(issuer.origin), issuer.stored_at, issuer.network},
                       std::move(issuer.certificate),
                       std::move(subject),
                       {}});
}

bool IssuerStore::insert(const Sha256& sha256, Slot slot) {
    if (capacity_ == 0 || slots_.count(sha256) != 0) return false;
    if (slots_.size() >= capacity_) erase(slots_.find(recency_.back()));
    recency_.push_front(sha256);
    slot.recency = recency_.begin();
    by_subject_.emplace(slot.subject.get(), sha256);
    slots_.emplace(sha256, std::move(slot));
    return true;
}

/// Whether there is a certificate to use.
bool IssuerStore::decode(Slot& slot) {
    if (!slot.encoded) return slot.issuer.certificate != nullptr;
    const auto certificate = Certificate::from_der(slot.encoded->der());
    slot.encoded.reset();
    if (!certificate || !(*certificate)->is_ca()) return false;
    slot.issuer.certificate = *certificate;
    return true;
}

bool IssuerStore::remove(const Sha256& sha256) {
    const std::lock_guard lock(mutex_);
    const auto slot = slots_.find(sha256);
    if (slot == slots_.end()) return false;
    erase(slot);
    return true;
}

void IssuerStore::exchange(const std::vector<Sha256>& gone, std::vector<StoredIssuer> fresh) {
    const std::lock_guard lock(mutex_);
    for (const Sha256& sha256 : gone) {
        if (const auto slot = slots_.find(sha256); slot != slots_.end()) erase(slot);
    }
    for (StoredIssuer& issuer : fresh) {
        if (!issuer.certificate->is_ca()) continue;
        const Sha256 sha256 = issuer.certificate->sha256();
        insert(sha256, slot_of(std::move(issuer)));
    }
}

std::vector<Sha256> IssuerStore::from(Source source, const std::string& origin) const {
    const std::lock_guard lock(mutex_);
    std::vector<Sha256> found;
    for (const auto& [sha256, slot] : slots_) {
        if (slot.issuer.source == source && slot.issuer.origin == origin) found.push_back(sha256);
    }
    return found;
}

std::vector<StoredIssuer> IssuerStore::issuers_of(const Certificate& child) const {
    return with_subject(X509_get_issuer_name(child.x509()));
}

std::vector<StoredIssuer> IssuerStore::namesakes_of(const Certificate& certificate) const {
    return with_subject(X509_get_subject_name(certificate.x509()));
}

std::vector<StoredIssuer> IssuerStore::with_subject(const X509_NAME* subject) const {
    const std::lock_guard lock(mutex_);
    std::vector<StoredIssuer> found;
    const auto [first, last] = by_subject_.equal_range(subject);
    for (auto it = first; it != last; ++it) {
        Slot& slot = slots_.at(it->second);
        if (decode(slot)) found.push_back(slot.issuer);
    }
    return found;
}

bool IssuerStore::has(const Sha256& sha256) const {
    const std::lock_guard lock(mutex_);
    return slots_.count(sha256) != 0;
}

std::optional<StoredIssuer> IssuerStore::find(const Sha256& sha256) const {
    const std::lock_guard lock(mutex_);
    const auto slot = slots_.find(sha256);
    if (slot == slots_.end() || !decode(slot->second)) return std::nullopt;
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
    for (auto& [sha256, slot] : slots_) {
        if (decode(slot)) issuers.push_back(slot.issuer);
    }
    return issuers;
}

std::vector<StoredIssuer> IssuerStore::all_from(Source source) const {
    const std::lock_guard lock(mutex_);
    std::vector<StoredIssuer> issuers;
    for (auto& [sha256, slot] : slots_) {
        if (slot.issuer.source == source && decode(slot)) issuers.push_back(slot.issuer);
    }
    return issuers;
}

std::size_t IssuerStore::size() const {
    const std::lock_guard lock(mutex_);
    return slots_.size();
}

void IssuerStore::erase(std::map<Sha256, Slot>::iterator slot) {
    auto [it, last] = by_subject_.equal_range(slot->second.subject.get());
    while (it != last && it->second != slot->first)
        ++it;
    // The index entry's key is this issuer's own subject: it goes before the slot does.
    if (it != last) by_subject_.erase(it);
    recency_.erase(slot->second.recency);
    slots_.erase(slot);
}

}  // namespace chainmend::certs
