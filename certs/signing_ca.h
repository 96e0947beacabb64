#pragma once

#include <memory>
#include <string>
#include <vector>

#include "certs/certificate.h"
#include "certs/private_key.h"

namespace chainmend::certs {

struct SigningCaOptions {
    KeyType key_type = KeyType::ecdsa_p256;
    std::string common_name;                          ///< tells installations apart, for instance with the host name
    std::chrono::days validity = std::chrono::days{3650};
};

/// The CA whose certificates this installation's clients trust: certificate, key, and the chain above it when it
/// was issued by an organisation. Immutable, shared by workers. Files are proxy/files/signing_ca_directory's business.
class SigningCa {
  public:
    /// A new self-signed CA: basicConstraints critical CA:TRUE pathlen 0, keyUsage critical keyCertSign+cRLSign, SKI (DESIGN section 7).
    static Result<std::shared_ptr<const SigningCa>> make(const SigningCaOptions& options, Time now);
    /// From stored parts. ErrorCode::signing_ca with the reason when they do not fit: a key that does not match, not a CA,
    /// without keyCertSign, expired or not yet valid at `now`.
    static Result<std::shared_ptr<const SigningCa>> load(ByteView certificate_pem, ByteView key_pem, Time now);

    const CertificatePtr& certificate() const { return certificate_; }
    /// What a minted certificate is sent with, nearest first; empty for a self-signed CA.
    const std::vector<CertificatePtr>& chain() const { return chain_; }
    const PrivateKey& key() const { return *key_; }

  private:
    SigningCa(CertificatePtr certificate, std::vector<CertificatePtr> chain, PrivateKeyPtr key);

    CertificatePtr certificate_;
    std::vector<CertificatePtr> chain_;
    PrivateKeyPtr key_;
};

}  // namespace chainmend::certs
