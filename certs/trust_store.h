#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "certs/certificate.h"
#include "certs/name_order.h"

namespace chainmend::certs {

struct Anchor {
    CertificatePtr certificate;
    std::string origin;  ///< the file it came from, "system", or "given" for command line arguments
};

/// The trust anchors: an immutable snapshot, shared between threads, replaced whole on reload. Only this
/// makes anchors. Made by TrustStoreBuilder.
class TrustStore {
  public:
    explicit TrustStore(std::vector<Anchor> anchors);

    const std::vector<Anchor>& anchors() const { return anchors_; }
    /// Anchors whose subject equals the issuer name of `child` (canonical encoding, as X509_NAME_cmp
    /// compares), in the order they were added.
    std::vector<const Anchor*> issuers_of(const Certificate& child) const;
    /// The anchor that is this very certificate, or nullptr.
    const Anchor* find(const Sha256& sha256) const;
    /// SHA-256 over the sorted fingerprints of all anchors: names the snapshot in caches and records.
    const Sha256& id() const { return id_; }

  private:
    std::vector<Anchor> anchors_;
    std::multimap<const X509_NAME*, std::size_t, NameOrder> by_subject_;  // the anchor's own subject -> index
    std::map<Sha256, std::size_t> by_sha256_;
    Sha256 id_{};
};

/// What happened to one certificate that was offered as an anchor.
enum class TrustPlacement {
    anchor,
    duplicate,     ///< the same certificate is an anchor already
    intermediate,  ///< a CA, but not self-signed: material for paths only
    end_entity,    ///< refused: not a CA (RFC 5280 section 6.1.1(d) wants a CA's key)
};

/// Sorts certificates from trust files into anchors, issuers and refusals: trust never grows by accident.
class TrustStoreBuilder {
  public:
    /// When true, every CA certificate becomes an anchor, self-signed or not (trust.intermediates_as_anchors,
    /// and what the caller of `verify --trust` says).
    explicit TrustStoreBuilder(bool intermediates_as_anchors = false)
        : intermediates_as_anchors_(intermediates_as_anchors) {}

    /// A version 1 certificate that is self-signed counts as a CA here: it has no way to say so.
    TrustPlacement add(CertificatePtr certificate, std::string origin);

    /// CA certificates that are not self-signed; the caller puts them into the issuer store.
    const std::vector<Anchor>& intermediates() const { return intermediates_; }
    const std::vector<Anchor>& end_entities() const { return end_entities_; }

    std::shared_ptr<const TrustStore> build() &&;

  private:
    bool intermediates_as_anchors_;
    std::vector<Anchor> anchors_;
    std::map<Sha256, bool> seen_;
    std::vector<Anchor> intermediates_;
    std::vector<Anchor> end_entities_;
};

}  // namespace chainmend::certs
