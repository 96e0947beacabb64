#pragma once

#include <string_view>

#include "certs/certificate.h"
#include "certs/private_key.h"
#include "certs/reference_identity.h"

typedef struct X509_name_st X509_NAME;            // libcrypto's
typedef struct X509_extension_st X509_EXTENSION;  // libcrypto's

namespace chainmend::certs {

/// One X.509 version 3 extension, encoded once and put into any number of certificates.
class Extension {
  public:
    /// `value` is the DER inside the extension's OCTET STRING.
    Extension(int nid, bool critical, ByteView value);
    ~Extension();
    Extension(const Extension&) = delete;
    Extension& operator=(const Extension&) = delete;

    /// Borrowed; nullptr when there was no memory for it.
    X509_EXTENSION* x509_extension() const { return extension_; }

  private:
    X509_EXTENSION* extension_;
};

// The values that this project's own certificates use (RFC 5280 sections 4.2.1.1 to 4.2.1.12), in DER.
Bytes subject_key_id_of(
    const PrivateKey& key);           ///< 20 octets: SHA-256 of the public key, cut (RFC 7093 section 2)
Bytes key_id_value(ByteView key_id);  ///< subjectKeyIdentifier
Bytes authority_key_id_value(ByteView key_id);  ///< authorityKeyIdentifier with nothing but the key id
Bytes subject_alt_name_value(const ReferenceIdentity& identity);  ///< one dNSName or one iPAddress

/// A certificate being written: version 3 with a random 128-bit positive serial number (more than the 64 bits
/// that the CA/Browser Forum asks for, within the 20 octets of RFC 5280 section 4.1.2.2).
///
/// The first step that fails makes all later ones do nothing; sign() reports it. Not thread-safe, used once.
class CertificateDraft {
  public:
    CertificateDraft();
    ~CertificateDraft();
    CertificateDraft(const CertificateDraft&) = delete;
    CertificateDraft& operator=(const CertificateDraft&) = delete;

    /// Leaves the subject as it is, empty, when `name` is longer than ub-common-name (64, RFC 5280 appendix
    /// A.1). Returns whether there is a subject now.
    bool set_subject_common_name(std::string_view name);
    void set_issuer(const Certificate& ca);
    void set_issuer_to_subject();
    void set_validity(Time not_before, Time not_after);
    void set_public_key(const PrivateKey& key);
    void add(const Extension& extension);

    /// SHA-256 with `signer`'s key.
    Result<CertificatePtr> sign(const PrivateKey& signer);

  private:
    void note(bool succeeded) { good_ = good_ && succeeded; }

    X509* x509_;
    bool good_ = true;
};

}  // namespace chainmend::certs
