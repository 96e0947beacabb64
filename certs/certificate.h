#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/bytes.h"
#include "config/result.h"
#include "config/time.h"

typedef struct x509_st X509;  // libcrypto's; only certs/ and tls/ look inside

namespace chainmend::certs {

class Certificate;
using CertificatePtr = std::shared_ptr<const Certificate>;

/// One decoded X.509 certificate. Immutable, shared, safe to read from any thread.
///
/// Decoding costs 115 to 180 us in OpenSSL 3.0, so a certificate is decoded once and passed on as this.
/// Everything textual that it returns is printable: control characters and bytes that are no UTF-8 come out
/// escaped, because certificate text is written by strangers.
class Certificate {
  public:
    /// Decodes exactly one DER certificate that fills `der` wholly. ErrorCode::malformed with libcrypto's
    /// reason otherwise. A certificate that decodes may still be nonsense; the rules in path_validator judge
    /// that. More than max_der_bytes are refused.
    static Result<CertificatePtr> from_der(ByteView der);
    /// Shares `x509` (takes a reference of its own). nullptr when it has no encoding, which only happens to
    /// one that was being built.
    static CertificatePtr from_x509(X509* x509);

    /// libssl refuses a Certificate message of more than 100 KiB by default (SSL_MAX_CERT_LIST_DEFAULT); the
    /// largest certificates of x509-limbo's denial-of-service cases have less than 256 KiB.
    static constexpr std::size_t max_der_bytes = 256 * 1024;
    /// Of the URLs of one certificate Chromium tries five (cert_issuer_source_aia.cc); some more are kept
    /// because those that are not http are passed over.
    static constexpr std::size_t max_urls = 16;
    /// No more than fits comfortably on a page of an explanation; public CAs stop at 100 to 2,000 names.
    static constexpr std::size_t max_names = 4096;

    ~Certificate();
    Certificate(const Certificate&) = delete;
    Certificate& operator=(const Certificate&) = delete;

    /// Borrowed; lives as long as this. libcrypto caches inside it under its own lock; nobody else modifies
    /// it.
    X509* x509() const { return x509_; }
    ByteView der() const { return der_; }
    /// SHA-256 over the whole DER: the identity of a certificate everywhere in this project.
    const Sha256& sha256() const { return sha256_; }
    /// SHA-256 over the SubjectPublicKeyInfo as encoded: what a pin names.
    const Sha256& spki_sha256() const { return spki_sha256_; }

    /// Distinguished names in RFC 2253 order, printable: "CN=R13,O=Let's Encrypt,C=US".
    std::string subject() const;
    std::string issuer() const;
    /// What a person calls it: the common name, else the first DNS name or address, else the organisation,
    /// else the subject.
    std::string display_name() const;
    std::string issuer_display_name() const;
    /// Lower-case hexadecimal, at least one digit, "-" in front when negative.
    std::string serial() const;

    /// Validity bounds, both inclusive. nullopt when the encoded time is nonsense.
    std::optional<Time> not_before() const { return not_before_; }
    std::optional<Time> not_after() const { return not_after_; }

    /// Subject and issuer are the same name (X509_NAME_cmp). Says nothing about who signed it.
    bool is_self_issued() const { return self_issued_; }
    /// Self-issued and its signature verifies with its own key.
    bool is_self_signed() const;
    /// basicConstraints says CA:TRUE.
    bool is_ca() const { return is_ca_; }

    /// Empty when the extension is absent, unreadable or absurdly long: key ids only sort candidates.
    const Bytes& subject_key_id() const { return subject_key_id_; }
    const Bytes& authority_key_id() const { return authority_key_id_; }

    /// URIs in the order the certificate has them, not checked in any way, at most max_urls each. One that
    /// holds unprintable bytes comes out escaped, with backslashes, and so is no URL any more.
    std::vector<std::string> ca_issuers_urls() const;
    std::vector<std::string> ocsp_urls() const;
    std::vector<std::string> crl_urls() const;

    /// Subject alternative names of these two kinds, as text, at most max_names each; addresses in their
    /// usual spelling, "invalid" when they have neither 4 nor 16 octets. For showing; the rules compare the
    /// encoded names.
    std::vector<std::string> dns_names() const;
    std::vector<std::string> ip_addresses() const;

    /// One "-----BEGIN CERTIFICATE-----" block with a final newline.
    std::string pem() const;

  private:
    Certificate(X509* x509, Bytes der);  // takes over the reference

    X509* x509_;
    Bytes der_;
    Sha256 sha256_{};
    Sha256 spki_sha256_{};
    Bytes subject_key_id_;
    Bytes authority_key_id_;
    std::optional<Time> not_before_;
    std::optional<Time> not_after_;
    bool self_issued_ = false;
    bool is_ca_ = false;
};

/// First eight hexadecimal digits of the SHA-256: how people are shown a certificate.
std::string short_fingerprint(const Certificate& certificate);

}  // namespace chainmend::certs
