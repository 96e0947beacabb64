#include "certs/trust_store.h"

#include <openssl/sha.h>
#include <openssl/x509.h>

namespace chainmend::certs {
namespace {

/// An end entity certificate in disguise it is not: version 1 has no basicConstraints (RFC 5280
/// section 6.1.4(k) leaves it to other means to tell that such a certificate is a CA's; being trusted and
/// self-signed is that).
bool counts_as_ca(const Certificate& certificate) {
    if (certificate.is_ca()) return true;
    const bool has_no_extensions = X509_get_version(certificate.x509()) < X509_VERSION_3;
    return has_no_extensions && certificate.is_self_signed();
}

}  // namespace

TrustStore::TrustStore(std::vector<Anchor> anchors) : anchors_(std::move(anchors)) {
    Bytes fingerprints;
    for (std::size_t i = 0; i < anchors_.size(); ++i) {
        const Certificate& certificate = *anchors_[i].certificate;
        by_subject_.emplace(X509_get_subject_name(certificate.x509()), i);
        by_sha256_.emplace(certificate.sha256(), i);
    }
    for (const auto& [sha256, index] : by_sha256_)
        fingerprints.insert(fingerprints.end(), sha256.begin(), sha256.end());
    SHA256(fingerprints.data(), fingerprints.size(), id_.data());
}

std::vector<const Anchor*> TrustStore::issuers_of(const Certificate& child) const {
    std::vector<const Anchor*> found;
    const auto [first, last] = by_subject_.equal_range(X509_get_issuer_name(child.x509()));
    for (auto it = first; it != last; ++it)
        found.push_back(&anchors_[it->second]);
    return found;
}

const Anchor* TrustStore::find(const Sha256& sha256) const {
    const auto it = by_sha256_.find(sha256);
    return it == by_sha256_.end() ? nullptr : &anchors_[it->second];
}

TrustPlacement TrustStoreBuilder::add(CertificatePtr certificate, std::string origin) {
    if (!counts_as_ca(*certificate)) {
        end_entities_.push_back({std::move(certificate), std::move(origin)});
        return TrustPlacement::end_entity;
    }
    if (!intermediates_as_anchors_ && !certificate->is_self_signed()) {
        intermediates_.push_back({std::move(certificate), std::move(origin)});
        return TrustPlacement::intermediate;
    }
    if (!seen_.emplace(certificate->sha256(), true).second) return TrustPlacement::duplicate;
    anchors_.push_back({std::move(certificate), std::move(origin)});
    return TrustPlacement::anchor;
}

std::shared_ptr<const TrustStore> TrustStoreBuilder::build() && {
    return std::make_shared<const TrustStore>(std::move(anchors_));
}

}  // namespace chainmend::certs
