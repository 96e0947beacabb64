#pragma once

#include <cstddef>
#include <set>
#include <utility>

#include "certs/certificate.h"

namespace chainmend::certs {

/// What a list of distrusted certificates says: a settings key, or Mozilla's OneCRL. Names and serial numbers
/// are compared octet by octet, as Mozilla does: they stand under the issuer's signature, so nobody can spell
/// them differently.
struct DistrustList {
    std::set<Sha256> fingerprints;  ///< of the whole certificate or of its SubjectPublicKeyInfo
    std::set<std::pair<Bytes, Bytes>> issuer_and_serial;  ///< Name in DER, the INTEGER's content octets
    std::set<std::pair<Bytes, Sha256>> subject_and_key;  ///< Name in DER, SHA-256 of the SubjectPublicKeyInfo
    /// The certificates of this proxy's own signing CA, by SHA-256. Nobody has listed them.
    std::set<Sha256> own_cas;

    /// Entries that somebody has listed.
    std::size_t size() const {
        return fingerprints.size() + issuer_and_serial.size() + subject_and_key.size();
    }
    void merge(const DistrustList& other);
    bool operator==(const DistrustList&) const = default;
};

/// Certificates that are on no path, whoever sent, stored or fetched them, and whatever else speaks for them.
/// Immutable; safe to read from any thread.
class Distrust {
  public:
    Distrust() = default;
    explicit Distrust(DistrustList list) : list_(std::move(list)) {}

    bool covers(const Certificate& certificate) const;
    bool is_own_ca(const Certificate& certificate) const {
        return list_.own_cas.contains(certificate.sha256());
    }
    std::size_t size() const { return list_.size(); }

  private:
    DistrustList list_;
};

}  // namespace chainmend::certs
