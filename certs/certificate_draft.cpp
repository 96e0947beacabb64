#include "certs/certificate_draft.h"

#include <openssl/asn1.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

#include <cassert>

namespace chainmend::certs {
namespace {

constexpr std::size_t longest_common_name = 64;
constexpr std::size_t random_serial_octets = 16;
constexpr std::size_t key_id_octets = 20;

/// `value` with an ASN.1 tag and its length in front. Nothing written here reaches 64 KiB.
Bytes tagged(std::uint8_t tag, ByteView value) {
    assert(value.size() < 0x10000);
    Bytes der;
    der.reserve(4 + value.size());
    der.push_back(tag);
    if (value.size() >= 0x100) {
        der.push_back(0x82);
        der.push_back(static_cast<std::uint8_t>(value.size() >> 8));
    } else if (value.size() >= 0x80) {
        der.push_back(0x81);
    }
    der.push_back(static_cast<std::uint8_t>(value.size() & 0xff));
    der.insert(der.end(), value.begin(), value.end());
    return der;
}

/// A one in front of 128 random bits: always positive, never with a leading zero that DER forbids.
bool set_random_serial(X509* x509) {
    std::uint8_t octets[1 + random_serial_octets];
    if (RAND_bytes(octets, sizeof octets) != 1) return false;
    octets[0] = 0x01;
    BIGNUM* number = BN_bin2bn(octets, sizeof octets, nullptr);
    const bool good = number != nullptr && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x509)) != nullptr;
    BN_free(number);
    return good;
}

}  // namespace

Extension::Extension(int nid, bool critical, ByteView value) : extension_(nullptr) {
    ASN1_OCTET_STRING* octets = ASN1_OCTET_STRING_new();
    if (octets != nullptr &&
        ASN1_OCTET_STRING_set(octets, value.data(), static_cast<int>(value.size())) == 1) {
        extension_ = X509_EXTENSION_create_by_NID(nullptr, nid, critical ? 1 : 0, octets);
    }
    ASN1_OCTET_STRING_free(octets);
}

Extension::~Extension() {
    X509_EXTENSION_free(extension_);
}

Bytes subject_key_id_of(const PrivateKey& key) {
    unsigned char* spki = nullptr;
    const int size = i2d_PUBKEY(key.evp_pkey(), &spki);
    if (size <= 0) return {};
    Bytes digest(SHA256_DIGEST_LENGTH);
    SHA256(spki, static_cast<std::size_t>(size), digest.data());
    OPENSSL_free(spki);
    digest.resize(key_id_octets);
    return digest;
}

Bytes key_id_value(ByteView key_id) {
    return tagged(0x04, key_id);
}

Bytes authority_key_id_value(ByteView key_id) {
    return tagged(0x30, tagged(0x80, key_id));
}

Bytes subject_alt_name_value(const ReferenceIdentity& identity) {
    constexpr std::uint8_t dns_name = 0x82;
    constexpr std::uint8_t ip_address = 0x87;
    return tagged(0x30, identity.kind() == ReferenceIdentity::Kind::ip
                            ? tagged(ip_address, identity.address())
                            : tagged(dns_name, as_bytes(identity.text())));
}

CertificateDraft::CertificateDraft() : x509_(X509_new()) {
    note(x509_ != nullptr && X509_set_version(x509_, X509_VERSION_3) == 1 && set_random_serial(x509_));
}

CertificateDraft::~CertificateDraft() {
    X509_free(x509_);
}

bool CertificateDraft::set_subject_common_name(std::string_view name) {
    if (!good_ || name.empty() || name.size() > longest_common_name) return false;
    note(X509_NAME_add_entry_by_NID(X509_get_subject_name(x509_), NID_commonName, MBSTRING_UTF8,
                                    as_bytes(name).data(), static_cast<int>(name.size()), -1, 0) == 1);
    return good_;
}

void CertificateDraft::set_issuer(const Certificate& ca) {
    if (good_) note(X509_set_issuer_name(x509_, X509_get_subject_name(ca.x509())) == 1);
}

void CertificateDraft::set_issuer_to_subject() {
    if (good_) note(X509_set_issuer_name(x509_, X509_get_subject_name(x509_)) == 1);
}

void CertificateDraft::set_validity(Time not_before, Time not_after) {
    if (!good_) return;
    // ASN1_TIME_set writes UTCTime before 2050 and GeneralizedTime from then on, as RFC 5280 section 4.1.2.5
    // wants.
    note(ASN1_TIME_set(X509_getm_notBefore(x509_), not_before.time_since_epoch().count()) != nullptr &&
         ASN1_TIME_set(X509_getm_notAfter(x509_), not_after.time_since_epoch().count()) != nullptr);
}

void CertificateDraft::set_public_key(const PrivateKey& key) {
    if (good_) note(X509_set_pubkey(x509_, key.evp_pkey()) == 1);
}

void CertificateDraft::add(const Extension& extension) {
    if (!good_) return;
    note(extension.x509_extension() != nullptr && X509_add_ext(x509_, extension.x509_extension(), -1) == 1);
}

Result<CertificatePtr> CertificateDraft::sign(const PrivateKey& signer) {
    if (!good_ || X509_sign(x509_, signer.evp_pkey(), EVP_sha256()) <= 0) {
        return Error{ErrorCode::signing_ca, "the certificate could not be written and signed"};
    }
    return Certificate::from_x509(x509_);
}

}  // namespace chainmend::certs
