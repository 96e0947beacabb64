#pragma once

#include <memory>
#include <string>
#include <vector>

#include "certs/certificate.h"
#include "certs/private_key.h"

namespace chainmend::test {

/// The moment that tests call the present unless they say otherwise: 2026-06-01T00:00:00Z.
Time noon();

/// Everything about a certificate that a test may want to bend. The defaults make a good end entity
/// certificate.
struct CertificateSpec {
    std::string common_name = "leaf.test";
    std::vector<std::string>
        dns_names;  ///< empty and `ip_addresses` empty: no SAN unless `san_is_common_name`
    std::vector<std::string> ip_addresses;
    bool san_is_common_name =
        true;  ///< when dns_names and ip_addresses are empty: a dNSName of the common name
    bool ca = false;
    bool basic_constraints = true;  ///< false leaves the extension out
    int path_length = -1;           ///< pathLenConstraint, -1 for none
    Time not_before;                ///< default: noon() - 1 day
    Time not_after;                 ///< default: noon() + 365 days
    std::string key_usage;  ///< OpenSSL syntax; empty: the usual for ca / end entity; "none": left out
    std::string extended_key_usage;       ///< the same
    std::vector<std::string> ca_issuers;  ///< caIssuers URLs
    std::vector<std::string> ocsp;
    std::vector<std::string> crl_urls;
    std::string name_constraints;  ///< OpenSSL syntax: "critical,permitted;DNS:.test"
    std::vector<std::pair<std::string, std::string>>
        extensions;       ///< more: (short name or OID, OpenSSL value), e.g. {"1.2.3.4","critical,DER:0500"}
    bool key_ids = true;  ///< SKI and AKI
    std::string serial_hex;  ///< empty: random 64 bits
    std::string digest = "SHA256";
    int version = 2;                      ///< encoded: 2 is v3
    bool printable_string_names = false;  ///< subject as PrintableString instead of UTF8String
    std::string subject_key_id_hex;       ///< instead of the SHA-1 of the key, when not empty
    std::string authority_key_id_hex;     ///< instead of the issuer's subject key id, when not empty
    CertificateSpec();
};

/// A certificate with its key: an end entity or a CA, made in memory.
class Identity {
  public:
    /// A self-signed CA named `common_name`.
    static Identity root(const std::string& common_name, CertificateSpec spec = {});
    /// Self-signed with exactly this spec.
    static Identity self_signed(const CertificateSpec& spec, certs::PrivateKeyPtr key = nullptr);

    /// A CA signed by this one.
    Identity intermediate(const std::string& common_name, CertificateSpec spec = {},
                          certs::PrivateKeyPtr key = nullptr) const;
    /// An end entity signed by this one, for one DNS name.
    Identity leaf(const std::string& dns_name, CertificateSpec spec = {},
                  certs::PrivateKeyPtr key = nullptr) const;
    /// Exactly this spec, signed by this one. `key` is reused when given (renewals, cross-signs), else made.
    Identity issue(const CertificateSpec& spec, certs::PrivateKeyPtr key = nullptr) const;
    /// The same subject and key as `other`, signed by this one: a cross-sign.
    Identity cross_sign(const Identity& other, CertificateSpec spec) const;

    const certs::CertificatePtr& certificate() const { return certificate_; }
    const certs::PrivateKeyPtr& key() const { return key_; }
    std::string pem() const { return certificate_->pem(); }
    std::string key_pem() const;

  private:
    Identity(certs::CertificatePtr certificate, certs::PrivateKeyPtr key);
    certs::CertificatePtr certificate_;
    certs::PrivateKeyPtr key_;
};

/// A key of any kind: ("RSA", "1024"), ("EC", "P-384"), ("ED25519", "").
certs::PrivateKeyPtr make_key(const std::string& algorithm, const std::string& parameter = "");

/// `certificate` with the last octet of its signature flipped.
certs::CertificatePtr with_broken_signature(const certs::Certificate& certificate);

/// A certs-only PKCS#7 SignedData in DER.
Bytes pkcs7(const std::vector<certs::CertificatePtr>& certificates);

}  // namespace chainmend::test
