#include "tests/support/pki.h"

#include <arpa/inet.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

#include <cstdlib>
#include <iostream>

#include "certs/openssl_error.h"
#include "certs/openssl_ptr.h"

namespace chainmend::test {
namespace {

using namespace certs;

/// Making test material does not fail; when it does nothing that follows means anything.
void must(bool ok, const char* what) {
    if (ok) return;
    std::cerr << "tests/support/pki: " << what << ": " << take_openssl_error() << std::endl;
    std::abort();
}

Bytes from_hex(const std::string& hex) {
    Bytes bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
        bytes.push_back(static_cast<std::uint8_t>(std::stoi(hex.substr(i, 2), nullptr, 16)));
    }
    return bytes;
}

void set_octets(ASN1_STRING* string, ByteView bytes) {
    must(ASN1_STRING_set(string, bytes.data(), static_cast<int>(bytes.size())) == 1, "set octets");
}

void set_serial(X509* x509, const std::string& hex) {
    Bytes bytes(8);
    RAND_bytes(bytes.data(), static_cast<int>(bytes.size()));
    bytes[0] = (bytes[0] & 0x7f) | 0x40;
    const bool negative = !hex.empty() && hex[0] == '-';
    if (!hex.empty()) bytes = from_hex(negative ? hex.substr(1) : hex);
    const BignumPtr number(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
    BN_set_negative(number.get(), negative ? 1 : 0);
    must(BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(x509)) != nullptr, "serial");
}

void set_subject(X509* x509, const CertificateSpec& spec) {
    const X509NamePtr name(X509_NAME_new());
    const int type = spec.printable_string_names ? V_ASN1_PRINTABLESTRING : V_ASN1_UTF8STRING;
    if (!spec.common_name.empty()) {
        must(X509_NAME_add_entry_by_NID(name.get(), NID_commonName, type,
                                        reinterpret_cast<const unsigned char*>(spec.common_name.data()),
                                        static_cast<int>(spec.common_name.size()), -1, 0) == 1,
             "common name");
    }
    must(X509_set_subject_name(x509, name.get()) == 1, "subject");
}

void add_extension(X509* x509, const std::string& name, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, x509, x509, nullptr, nullptr, 0);
    const X509ExtensionPtr extension(X509V3_EXT_nconf(nullptr, &context, name.c_str(), value.c_str()));
    must(extension && X509_add_ext(x509, extension.get(), -1) == 1, (name + " " + value).c_str());
}

GENERAL_NAME* general_name(int type, ASN1_STRING* value) {
    GENERAL_NAME* name = GENERAL_NAME_new();
    GENERAL_NAME_set0_value(name, type, value);
    return name;
}

GENERAL_NAME* text_name(int type, const std::string& text) {
    ASN1_STRING* value = ASN1_STRING_type_new(V_ASN1_IA5STRING);
    set_octets(value, as_bytes(text));
    return general_name(type, value);
}

GENERAL_NAME* address_name(const std::string& text) {
    std::uint8_t octets[16];
    const bool v4 = inet_pton(AF_INET, text.c_str(), octets) == 1;
    must(v4 || inet_pton(AF_INET6, text.c_str(), octets) == 1, "an IP address");
    ASN1_STRING* value = ASN1_STRING_type_new(V_ASN1_OCTET_STRING);
    set_octets(value, {octets, v4 ? 4u : 16u});
    return general_name(GEN_IPADD, value);
}

void add_alternative_names(X509* x509, const CertificateSpec& spec) {
    const bool from_common_name =
        spec.dns_names.empty() && spec.ip_addresses.empty() && spec.san_is_common_name && !spec.ca;
    const GeneralNamesPtr names(GENERAL_NAMES_new());
    for (const auto& name : spec.dns_names)
        sk_GENERAL_NAME_push(names.get(), text_name(GEN_DNS, name));
    for (const auto& address : spec.ip_addresses)
        sk_GENERAL_NAME_push(names.get(), address_name(address));
    if (from_common_name) sk_GENERAL_NAME_push(names.get(), text_name(GEN_DNS, spec.common_name));
    if (sk_GENERAL_NAME_num(names.get()) == 0) return;
    must(X509_add1_ext_i2d(x509, NID_subject_alt_name, names.get(), 0, 0) == 1, "subjectAltName");
}

void add_information_access(X509* x509, const CertificateSpec& spec) {
    const InfoAccessPtr access(AUTHORITY_INFO_ACCESS_new());
    const auto add = [&](int method, const std::string& url) {
        ACCESS_DESCRIPTION* description = ACCESS_DESCRIPTION_new();
        ASN1_OBJECT_free(description->method);
        description->method = OBJ_nid2obj(method);
        GENERAL_NAME_free(description->location);
        description->location = text_name(GEN_URI, url);
        sk_ACCESS_DESCRIPTION_push(access.get(), description);
    };
    for (const auto& url : spec.ocsp)
        add(NID_ad_OCSP, url);
    for (const auto& url : spec.ca_issuers)
        add(NID_ad_ca_issuers, url);
    if (sk_ACCESS_DESCRIPTION_num(access.get()) == 0) return;
    must(X509_add1_ext_i2d(x509, NID_info_access, access.get(), 0, 0) == 1, "authorityInfoAccess");
}

void add_subject_key_id(X509* x509, const CertificateSpec& spec) {
    Bytes id = from_hex(spec.subject_key_id_hex);
    if (id.empty()) {
        id.resize(EVP_MAX_MD_SIZE);
        unsigned int size = 0;
        must(X509_pubkey_digest(x509, EVP_sha1(), id.data(), &size) == 1, "key digest");
        id.resize(size);
    }
    const OctetStringPtr value(ASN1_OCTET_STRING_new());
    set_octets(value.get(), id);
    must(X509_add1_ext_i2d(x509, NID_subject_key_identifier, value.get(), 0, 0) == 1, "subjectKeyIdentifier");
}

void add_authority_key_id(X509* x509, const CertificateSpec& spec, X509* issuer) {
    Bytes id = from_hex(spec.authority_key_id_hex);
    const ASN1_OCTET_STRING* of_issuer = X509_get0_subject_key_id(issuer);
    if (id.empty() && of_issuer != nullptr) {
        const unsigned char* data = ASN1_STRING_get0_data(of_issuer);
        id.assign(data, data + ASN1_STRING_length(of_issuer));
    }
    if (id.empty()) return;
    const AuthorityKeyIdPtr value(AUTHORITY_KEYID_new());
    value->keyid = ASN1_OCTET_STRING_new();
    set_octets(value->keyid, id);
    must(X509_add1_ext_i2d(x509, NID_authority_key_identifier, value.get(), 0, 0) == 1,
         "authorityKeyIdentifier");
}

void add_extensions(X509* x509, const CertificateSpec& spec, X509* issuer) {
    if (spec.basic_constraints) {
        std::string value = spec.ca ? "critical,CA:TRUE" : "critical,CA:FALSE";
        if (spec.path_length >= 0) value += ",pathlen:" + std::to_string(spec.path_length);
        add_extension(x509, "basicConstraints", value);
    }
    const std::string key_usage = !spec.key_usage.empty() ? spec.key_usage
                                  : spec.ca               ? "critical,keyCertSign,cRLSign"
                                                          : "critical,digitalSignature";
    if (key_usage != "none") add_extension(x509, "keyUsage", key_usage);
    const std::string purpose = !spec.extended_key_usage.empty() ? spec.extended_key_usage
                                : spec.ca                        ? "none"
                                                                 : "serverAuth";
    if (purpose != "none") add_extension(x509, "extendedKeyUsage", purpose);
    if (spec.key_ids) {
        add_subject_key_id(x509, spec);
        add_authority_key_id(x509, spec, issuer == nullptr ? x509 : issuer);
    }
    add_alternative_names(x509, spec);
    add_information_access(x509, spec);
    for (const auto& url : spec.crl_urls)
        add_extension(x509, "crlDistributionPoints", "URI:" + url);
    if (!spec.name_constraints.empty()) add_extension(x509, "nameConstraints", spec.name_constraints);
    for (const auto& [name, value] : spec.extensions)
        add_extension(x509, name, value);
}

/// `issuer` null: self-signed with `signing_key`, which is `key` then.
CertificatePtr make_certificate(const CertificateSpec& spec, EVP_PKEY* key, X509* issuer,
                                EVP_PKEY* signing_key) {
    const X509Ptr x509(X509_new());
    must(X509_set_version(x509.get(), spec.version) == 1, "version");
    set_serial(x509.get(), spec.serial_hex);
    set_subject(x509.get(), spec);
    must(
        X509_set_issuer_name(x509.get(), X509_get_subject_name(issuer == nullptr ? x509.get() : issuer)) == 1,
        "issuer");
    ASN1_TIME_set(X509_getm_notBefore(x509.get()), spec.not_before.time_since_epoch().count());
    ASN1_TIME_set(X509_getm_notAfter(x509.get()), spec.not_after.time_since_epoch().count());
    must(X509_set_pubkey(x509.get(), key) == 1, "public key");
    if (spec.version == 2) add_extensions(x509.get(), spec, issuer);
    const bool built_in_digest = EVP_PKEY_is_a(signing_key, "ED25519") || EVP_PKEY_is_a(signing_key, "ED448");
    const EVP_MD* digest = built_in_digest ? nullptr : EVP_get_digestbyname(spec.digest.c_str());
    must(X509_sign(x509.get(), signing_key, digest) > 0, "sign");
    unsigned char* encoded = nullptr;
    const int size = i2d_X509(x509.get(), &encoded);
    auto certificate = Certificate::from_der({encoded, static_cast<std::size_t>(size)});
    OPENSSL_free(encoded);
    must(certificate.ok(), "decode");
    return *certificate;
}

PrivateKeyPtr key_or_new(PrivateKeyPtr key) {
    if (key) return key;
    auto made = PrivateKey::make(KeyType::ecdsa_p256);
    must(made.ok(), "key");
    return *made;
}

}  // namespace

Time noon() {
    return *parse_rfc3339("2026-06-01T00:00:00Z");
}

CertificateSpec::CertificateSpec()
    : not_before(noon() - std::chrono::days{1}), not_after(noon() + std::chrono::days{365}) {}

Identity::Identity(CertificatePtr certificate, PrivateKeyPtr key)
    : certificate_(std::move(certificate)), key_(std::move(key)) {}

Identity Identity::root(const std::string& common_name, CertificateSpec spec) {
    spec.common_name = common_name;
    spec.ca = true;
    return self_signed(spec);
}

Identity Identity::self_signed(const CertificateSpec& spec, PrivateKeyPtr key) {
    key = key_or_new(std::move(key));
    auto certificate = make_certificate(spec, key->evp_pkey(), nullptr, key->evp_pkey());
    return Identity(std::move(certificate), std::move(key));
}

Identity Identity::intermediate(const std::string& common_name, CertificateSpec spec,
                                PrivateKeyPtr key) const {
    spec.common_name = common_name;
    spec.ca = true;
    return issue(spec, std::move(key));
}

Identity Identity::leaf(const std::string& dns_name, CertificateSpec spec, PrivateKeyPtr key) const {
    spec.common_name = dns_name;
    if (spec.dns_names.empty() && spec.ip_addresses.empty() && spec.san_is_common_name)
        spec.dns_names = {dns_name};
    return issue(spec, std::move(key));
}

Identity Identity::issue(const CertificateSpec& spec, PrivateKeyPtr key) const {
    key = key_or_new(std::move(key));
    auto certificate = make_certificate(spec, key->evp_pkey(), certificate_->x509(), key_->evp_pkey());
    return Identity(std::move(certificate), std::move(key));
}

Identity Identity::cross_sign(const Identity& other, CertificateSpec spec) const {
    const X509_NAME* name = X509_get_subject_name(other.certificate_->x509());
    char common_name[256] = "";
    X509_NAME_get_text_by_NID(name, NID_commonName, common_name, sizeof common_name);
    spec.common_name = common_name;
    spec.ca = other.certificate_->is_ca();
    return issue(spec, other.key_);
}

std::string Identity::key_pem() const {
    return *key_->pem();
}

PrivateKeyPtr make_key(const std::string& algorithm, const std::string& parameter) {
    EVP_PKEY* made = nullptr;
    if (algorithm == "RSA") {
        made = EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", static_cast<std::size_t>(std::stoul(parameter)));
    } else if (algorithm == "EC") {
        made = EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", parameter.c_str());
    } else {
        made = EVP_PKEY_Q_keygen(nullptr, nullptr, algorithm.c_str());
    }
    const EvpKeyPtr key(made);
    must(key != nullptr, "key");
    const BioPtr bio(BIO_new(BIO_s_mem()));
    must(PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1,
         "key as PEM");
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &data);
    auto read = PrivateKey::from_pem(as_bytes({data, static_cast<std::size_t>(size)}));
    must(read.ok(), "key from PEM");
    return *read;
}

CertificatePtr with_broken_signature(const Certificate& certificate) {
    Bytes der(certificate.der().begin(), certificate.der().end());
    der.back() ^= 1;  // the signature is the last field; in ECDSA the last octet belongs to s
    auto broken = Certificate::from_der(der);
    must(broken.ok(), "decode");
    return *broken;
}

Bytes pkcs7(const std::vector<CertificatePtr>& certificates) {
    const Pkcs7Ptr bag(PKCS7_new());
    must(bag && PKCS7_set_type(bag.get(), NID_pkcs7_signed) == 1 &&
             PKCS7_content_new(bag.get(), NID_pkcs7_data) == 1,
         "PKCS#7");
    for (const auto& certificate : certificates)
        PKCS7_add_certificate(bag.get(), certificate->x509());
    unsigned char* encoded = nullptr;
    const int size = i2d_PKCS7(bag.get(), &encoded);
    must(size > 0, "encode PKCS#7");
    Bytes der(encoded, encoded + size);
    OPENSSL_free(encoded);
    return der;
}

}  // namespace chainmend::test
