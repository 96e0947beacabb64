#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "certs/certificate.h"
#include "certs/private_key.h"

namespace chainmend::certs {

class SigningCa;
using SigningCaPtr = std::shared_ptr<const SigningCa>;

struct SigningCaOptions {
    KeyType key_type = KeyType::ecdsa_p256;
    /// Tells installations apart, for instance with the host name; 1 to 64 characters (RFC 5280 appendix
    /// A.1).
    std::string common_name;
    std::chrono::days validity = std::chrono::days{3650};
};

/// The CA whose certificates this installation's clients trust: certificate, key, and the chain above it when
/// it was issued by an organisation. Immutable, shared by workers. Files are
/// proxy/files/signing_ca_directory's business.
class SigningCa {
  public:
    /// A new self-signed CA with basicConstraints critical CA:TRUE pathlen 0, keyUsage critical
    /// keyCertSign+cRLSign and a subject key identifier, valid from an hour before `now`. An RSA key takes
    /// about 155 ms.
    static Result<SigningCaPtr> make(const SigningCaOptions& options, Time now);
    /// From stored parts: the CA's certificate first, then, for a CA that an organisation issued, the
    /// certificates above it, nearest first and at least one (a root at the end is left out of chain()).
    /// ErrorCode::signing_ca with the reason when they do not fit: a key that does not match or does not
    /// sign, not a CA, without keyCertSign or subject key identifier, a signature that does not verify,
    /// expired or not yet valid at `now`.
    static Result<SigningCaPtr> load(ByteView certificate_pem, ByteView key_pem, Time now);

    /// The same CA with a later end: name and key stay, so whoever trusts the certificate before this one
    /// trusts what the key signs until that one ends. Only for a CA that is its own issuer:
    /// ErrorCode::invalid_argument for another.
    Result<SigningCaPtr> renewed(std::chrono::days validity, Time now) const;

    const CertificatePtr& certificate() const { return certificate_; }
    /// What a minted certificate is sent with, nearest first; empty for a self-signed CA.
    const std::vector<CertificatePtr>& chain() const { return chain_; }
    const PrivateKey& key() const { return *key_; }
    /// For the one place that writes the key to its file.
    Result<std::string> key_pem() const { return key_->pem(); }

  private:
    static Result<SigningCaPtr> self_signed(const std::string& common_name, PrivateKeyPtr key,
                                            std::chrono::days validity, Time now);
    SigningCa(CertificatePtr certificate, std::vector<CertificatePtr> chain, PrivateKeyPtr key);

    CertificatePtr certificate_;
    std::vector<CertificatePtr> chain_;
    PrivateKeyPtr key_;
};

}  // namespace chainmend::certs
