#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <future>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "certs/mint_key.h"
#include "certs/reference_identity.h"
#include "certs/signing_ca.h"

namespace chainmend::certs {

/// What a client is shown for one host: certificate, key and the chain up to (not including) the root.
struct MintedCertificate {
    CertificatePtr certificate;
    PrivateKeyPtr key;
    std::vector<CertificatePtr> chain;
    Time renew_at{};  ///< two thirds of what was left of its life: minted anew from then on
};
using MintedCertificatePtr = std::shared_ptr<const MintedCertificate>;

struct MintOptions {
    std::chrono::seconds validity = std::chrono::days{90};  ///< more than 90 days count as 90
    std::size_t capacity = 10'000;                          ///< minted certificates remembered
    /// An RSA-2048 key made before. Null: it is made when a client first needs it (about 155 ms).
    MintKeyPtr rsa_key = nullptr;
    std::uint64_t minted = 0;  ///< by those before it: counted on from here
};

/// Mints and remembers certificates for verified names: exactly that name in the SAN, a random 128-bit serial
/// number, valid from an hour ago (but not before the CA was) until the earliest of the server's
/// certificate's end, the CA's end and the configured validity. The keys, one ECDSA P-256 and one RSA-2048,
/// are made once and are never the CA's.
///
/// Thread-safe; two workers that need the same name at once get one certificate. Minting takes about 70 us
/// with an ECDSA CA. The least recently used certificate is forgotten beyond the capacity.
class Mint {
  public:
    static Result<std::unique_ptr<Mint>> make(SigningCaPtr ca, const MintOptions& options);
    ~Mint();

    /// Whether the key of that type is made. While it is not, key() takes long: not on a loop.
    bool has_key(KeyType key_type) const;

    /// A certificate for exactly this name, valid at `now`. Only for names whose server was verified. The
    /// very first call for KeyType::rsa2048 makes that key. ErrorCode::invalid_argument when
    /// `upstream_not_after` has passed, ErrorCode::signing_ca when the CA's end has.
    Result<MintedCertificatePtr> certificate_for(const ReferenceIdentity& identity, KeyType key_type,
                                                 Time upstream_not_after, Time now);

    const SigningCa& ca() const { return *ca_; }
    /// The key that its certificates have. The first call for KeyType::rsa2048 makes that key.
    Result<MintKeyPtr> key(KeyType key_type) const;
    std::size_t size() const;
    /// Certificates minted.
    std::uint64_t minted() const;

  private:
    struct Slot {
        MintedCertificatePtr minted;
        std::list<std::string>::iterator recency;
    };
    class PreparedExtensions;
    using RsaKey = std::shared_future<Result<MintKeyPtr>>;

    Mint(SigningCaPtr ca, const MintOptions& options, MintKeyPtr ecdsa, RsaKey rsa);

    Result<MintedCertificatePtr> mint(const ReferenceIdentity& identity, KeyType key_type,
                                      Time upstream_not_after, Time now) const;
    MintedCertificatePtr remembered(const std::string& name, Time upstream_not_after, Time now);
    void remember(const std::string& name, const MintedCertificatePtr& minted);

    const SigningCaPtr ca_;
    const MintOptions options_;
    const MintKeyPtr ecdsa_key_;
    const RsaKey rsa_key_;
    const std::unique_ptr<const PreparedExtensions> prepared_;

    mutable std::mutex mutex_;
    std::condition_variable minted_;
    std::uint64_t count_;
    std::set<std::string> minting_;      // names that some thread mints right now
    std::map<std::string, Slot> slots_;  // by key type, kind and name
    std::list<std::string> recency_;     // most recently used first
};

}  // namespace chainmend::certs
