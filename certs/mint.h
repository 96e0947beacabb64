#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <list>
#include <string>

#include "certs/reference_identity.h"
#include "certs/signing_ca.h"

namespace chainmend::certs {

/// What a client is shown for one host: certificate, key and the chain up to (not including) the root.
struct MintedCertificate {
    CertificatePtr certificate;
    PrivateKeyPtr key;
    std::vector<CertificatePtr> chain;
    Time renew_at{};  ///< two thirds of its life: mint anew from then on
};
using MintedCertificatePtr = std::shared_ptr<const MintedCertificate>;

struct MintOptions {
    std::chrono::days validity = std::chrono::days{90};
    std::size_t capacity = 10'000;  ///< minted certificates remembered
};

/// Mints and remembers certificates for verified names. The keys (one ECDSA P-256, one RSA-2048) are made once, at
/// construction, and are never the CA's. Thread-safe; two workers that need the same name at once get one certificate.
class Mint {
  public:
    static Result<std::unique_ptr<Mint>> make(std::shared_ptr<const SigningCa> ca, const MintOptions& options);

    /// A certificate for exactly this name, valid at `now`, ending no later than `upstream_not_after`, the CA's end
    /// and the configured validity (DESIGN section 7). Only for names whose server was verified.
    Result<MintedCertificatePtr> certificate_for(const ReferenceIdentity& identity, KeyType key_type, Time upstream_not_after,
                                                 Time now);

    const SigningCa& ca() const { return *ca_; }
    std::size_t size() const;

  private:
    Mint(std::shared_ptr<const SigningCa> ca, const MintOptions& options, PrivateKeyPtr ecdsa, PrivateKeyPtr rsa);

    struct Slot {
        MintedCertificatePtr minted;
        std::list<std::string>::iterator recency;
    };

    const std::shared_ptr<const SigningCa> ca_;
    const MintOptions options_;
    const PrivateKeyPtr ecdsa_key_;
    const PrivateKeyPtr rsa_key_;
    mutable std::mutex mutex_;
    std::map<std::string, Slot> slots_;  // key type + kind + name
    std::list<std::string> recency_;
};

}  // namespace chainmend::certs
