#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "certs/certificate.h"
#include "certs/encoded_certificate.h"
#include "certs/name_order.h"
#include "certs/network.h"
#include "certs/verdict.h"

namespace chainmend::certs {

/// A CA certificate that may complete a path. Never an anchor by being here.
struct StoredIssuer {
    CertificatePtr certificate;
    Source source = Source::store;  ///< store (seen or fetched before) or import
    std::string origin;             ///< the URL or file it came from, may be empty
    Time stored_at{};
    Network network = Network::public_internet;  ///< where that URL may lead
};

/// The same, not decoded: what is read at start.
struct EncodedIssuer {
    EncodedCertificate certificate;
    Source source = Source::store;
    std::string origin;
    Time stored_at{};
    Network network = Network::public_internet;
};

/// Issuers known from earlier, indexed by subject in memory and shared by all workers. Keeping them on disk
/// is proxy/'s business (proxy/files/issuer_directory).
///
/// Thread-safe. Bounded: beyond `capacity` the least recently useful issuer is dropped.
class IssuerStore {
  public:
    explicit IssuerStore(std::size_t capacity = 10'000) : capacity_(capacity) {}

    /// Returns false, and changes nothing, when the certificate is there already or is not a CA. Whoever adds
    /// a fetched certificate has made sure that it verified a child's signature.
    bool add(StoredIssuer issuer);
    /// The same, to be decoded when a path first asks for it. If it then turns out to be no CA certificate,
    /// it is passed over ever after.
    bool add(EncodedIssuer issuer);
    bool remove(const Sha256& sha256);
    /// In one step, so that nobody finds the store without either: drops what is `gone`, adds `fresh`.
    void exchange(const std::vector<Sha256>& gone, std::vector<StoredIssuer> fresh);
    /// Those that came from there, as `source`.
    std::vector<Sha256> from(Source source, const std::string& origin) const;
    /// Issuers whose subject equals the issuer name of `child`.
    std::vector<StoredIssuer> issuers_of(const Certificate& child) const;
    /// Issuers that have the subject of `certificate`, itself included when it is here.
    std::vector<StoredIssuer> namesakes_of(const Certificate& certificate) const;
    bool has(const Sha256& sha256) const;
    std::optional<StoredIssuer> find(const Sha256& sha256) const;
    /// Tells that this issuer was on an accepted path: it is dropped last.
    void mark_useful(const Sha256& sha256);
    /// Decodes all of them: some 250 us each.
    std::vector<StoredIssuer> all() const;
    /// Decodes these.
    std::vector<StoredIssuer> all_from(Source source) const;
    /// With those that are not decoded yet.
    std::size_t size() const;

  private:
    struct Slot {
        StoredIssuer issuer;                        // without a certificate until it is decoded
        std::optional<EncodedCertificate> encoded;  // until then
        std::shared_ptr<const X509_NAME> subject;
        std::list<Sha256>::iterator recency;
    };
    static Slot slot_of(StoredIssuer issuer);
    bool insert(const Sha256& sha256, Slot slot);  // all of these: with the lock
    std::vector<StoredIssuer> with_subject(const X509_NAME* subject) const;
    static bool decode(Slot& slot);
    void erase(std::map<Sha256, Slot>::iterator slot);

    const std::size_t capacity_;
    mutable std::mutex mutex_;
    mutable std::map<Sha256, Slot> slots_;                           // decoding changes no answer
    std::multimap<const X509_NAME*, Sha256, NameOrder> by_subject_;  // the issuer's own subject
    std::list<Sha256> recency_;                                      // most recently useful first
};

}  // namespace chainmend::certs
