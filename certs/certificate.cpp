#include "certs/certificate.h"

#include <arpa/inet.h>
#include <openssl/pem.h>
#include <openssl/sha.h>

#include <cstring>

#include "certs/asn1_time.h"
#include "certs/openssl_error.h"
#include "certs/openssl_ptr.h"
#include "certs/printable.h"

namespace chainmend::certs {
namespace {

/// SHA-1 and SHA-256 key ids have 20 and 32 octets (RFC 5280 section 4.2.1.2, RFC 7093); beyond twice that it
/// is padding.
constexpr std::size_t max_key_id_bytes = 64;
/// RFC 9110 section 4.1 asks for support of at least 8,000; no caIssuers URL in the wild comes near 300.
constexpr int max_url_bytes = 2048;
/// RFC 5280 appendix A.1 gives names of 64 characters; the whole name is cut where nobody reads on.
constexpr std::size_t max_name_text_bytes = 1024;
constexpr std::size_t max_display_name_bytes = 128;

Sha256 sha256_of(ByteView bytes) {
    Sha256 digest{};
    SHA256(bytes.data(), bytes.size(), digest.data());
    return digest;
}

std::string_view text_of(const ASN1_STRING* string) {
    return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
            static_cast<std::size_t>(ASN1_STRING_length(string))};
}

Bytes bytes_of(const ASN1_OCTET_STRING* string) {
    if (string == nullptr) return {};
    const std::string_view text = text_of(string);
    if (text.size() > max_key_id_bytes) return {};
    return Bytes(text.begin(), text.end());
}

Sha256 spki_sha256_of(X509* x509) {
    unsigned char* encoded = nullptr;
    const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x509), &encoded);
    if (size <= 0) return {};
    const Sha256 digest = sha256_of({encoded, static_cast<std::size_t>(size)});
    OPENSSL_free(encoded);
    return digest;
}

std::string name_text(const X509_NAME* name) {
    // Characters above ASCII stay, printable() judges them; control characters come escaped as RFC 2253 has
    // it.
    constexpr unsigned long flags = XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB);
    const BioPtr bio(BIO_new(BIO_s_mem()));
    if (!bio || X509_NAME_print_ex(bio.get(), name, 0, flags) < 0) {
        take_openssl_error();
        return "(unreadable name)";
    }
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &data);
    return printable({data, static_cast<std::size_t>(size)}, max_name_text_bytes);
}

/// The last attribute of this kind, the most specific one; empty when there is none.
std::string attribute_text(const X509_NAME* name, int nid) {
    int last = -1;
    for (int at = -1; (at = X509_NAME_get_index_by_NID(name, nid, at)) >= 0;)
        last = at;
    if (last < 0) return {};
    unsigned char* utf8 = nullptr;
    const int size = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, last)));
    if (size < 0) {
        take_openssl_error();
        return {};
    }
    std::string text =
        printable({reinterpret_cast<char*>(utf8), static_cast<std::size_t>(size)}, max_display_name_bytes);
    OPENSSL_free(utf8);
    return text;
}

std::string short_name(const X509_NAME* name) {
    for (const int nid : {NID_commonName, NID_organizationName, NID_organizationalUnitName}) {
        if (std::string text = attribute_text(name, nid); !text.empty()) return text;
    }
    return name_text(name);
}

void add_uri(const GENERAL_NAME* name, std::vector<std::string>& urls) {
    if (name->type != GEN_URI || urls.size() >= Certificate::max_urls) return;
    const ASN1_IA5STRING* uri = name->d.uniformResourceIdentifier;
    if (ASN1_STRING_length(uri) == 0 || ASN1_STRING_length(uri) > max_url_bytes) return;
    urls.push_back(printable(text_of(uri)));
}

std::vector<std::string> access_urls(X509* x509, int method) {
    std::vector<std::string> urls;
    const InfoAccessPtr access(
        static_cast<AUTHORITY_INFO_ACCESS*>(X509_get_ext_d2i(x509, NID_info_access, nullptr, nullptr)));
    if (!access) take_openssl_error();
    for (int i = 0; access && i < sk_ACCESS_DESCRIPTION_num(access.get()); ++i) {
        const ACCESS_DESCRIPTION* description = sk_ACCESS_DESCRIPTION_value(access.get(), i);
        if (OBJ_obj2nid(description->method) == method) add_uri(description->location, urls);
    }
    return urls;
}

std::string address_text(const ASN1_OCTET_STRING* address) {
    const std::string_view octets = text_of(address);
    char text[INET6_ADDRSTRLEN];
    const int family = octets.size() == 4 ? AF_INET : octets.size() == 16 ? AF_INET6 : AF_UNSPEC;
    if (family == AF_UNSPEC || inet_ntop(family, octets.data(), text, sizeof text) == nullptr)
        return "invalid";
    return text;
}

std::vector<std::string> alternative_names(X509* x509, int type) {
    std::vector<std::string> texts;
    const GeneralNamesPtr names(
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(x509, NID_subject_alt_name, nullptr, nullptr)));
    if (!names) take_openssl_error();
    for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()) && texts.size() < Certificate::max_names;
         ++i) {
        const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
        if (name->type != type) continue;
        texts.push_back(type == GEN_DNS ? printable(text_of(name->d.dNSName), max_display_name_bytes * 2)
                                        : address_text(name->d.iPAddress));
    }
    return texts;
}

}  // namespace

Result<CertificatePtr> Certificate::from_der(ByteView der) {
    if (der.size() > max_der_bytes) {
        return Error{ErrorCode::malformed, "a certificate of " + std::to_string(der.size()) +
                                               " bytes; at most " + std::to_string(max_der_bytes) +
                                               " are read"};
    }
    const unsigned char* at = der.data();
    X509Ptr x509(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
    if (!x509) return Error{ErrorCode::malformed, "not a certificate in DER: " + take_openssl_error()};
    if (at != der.data() + der.size()) {
        return Error{ErrorCode::malformed, "bytes behind the end of the certificate"};
    }
    return CertificatePtr(new Certificate(x509.release(), Bytes(der.begin(), der.end())));
}

CertificatePtr Certificate::from_x509(X509* x509) {
    unsigned char* encoded = nullptr;
    const int size = i2d_X509(x509, &encoded);
    if (size <= 0) return nullptr;
    Bytes der(encoded, encoded + size);
    OPENSSL_free(encoded);
    X509_up_ref(x509);
    return CertificatePtr(new Certificate(x509, std::move(der)));
}

Certificate::Certificate(X509* x509, Bytes der) : x509_(x509), der_(std::move(der)) {
    sha256_ = sha256_of(der_);
    spki_sha256_ = spki_sha256_of(x509_);
    // Makes libcrypto decode and cache the extensions now, on the one thread that has it.
    is_ca_ = (X509_get_extension_flags(x509_) & EXFLAG_CA) != 0;
    subject_key_id_ = bytes_of(X509_get0_subject_key_id(x509_));
    authority_key_id_ = bytes_of(X509_get0_authority_key_id(x509_));
    not_before_ = time_of(X509_get0_notBefore(x509_));
    not_after_ = time_of(X509_get0_notAfter(x509_));
    self_issued_ = X509_NAME_cmp(X509_get_subject_name(x509_), X509_get_issuer_name(x509_)) == 0;
}

Certificate::~Certificate() {
    X509_free(x509_);
}

std::string Certificate::subject() const {
    return name_text(X509_get_subject_name(x509_));
}

std::string Certificate::issuer() const {
    return name_text(X509_get_issuer_name(x509_));
}

std::string Certificate::display_name() const {
    const X509_NAME* name = X509_get_subject_name(x509_);
    if (std::string text = attribute_text(name, NID_commonName); !text.empty()) return text;
    if (auto names = dns_names(); !names.empty()) return names.front();
    if (auto addresses = ip_addresses(); !addresses.empty()) return addresses.front();
    return short_name(name);
}

std::string Certificate::issuer_display_name() const {
    return short_name(X509_get_issuer_name(x509_));
}

std::string Certificate::serial() const {
    const ASN1_INTEGER* number = X509_get0_serialNumber(x509_);
    const std::string_view octets = text_of(number);
    const std::string hex = octets.empty() ? "00" : to_hex(as_bytes(octets.substr(0, max_key_id_bytes)));
    return (ASN1_STRING_type(number) == V_ASN1_NEG_INTEGER ? "-" : "") + hex;
}

bool Certificate::is_self_signed() const {
    if (!self_issued_) return false;
    EVP_PKEY* key = X509_get0_pubkey(x509_);
    const bool verified = key != nullptr && X509_verify(x509_, key) == 1;
    if (!verified) take_openssl_error();
    return verified;
}

std::vector<std::string> Certificate::ca_issuers_urls() const {
    return access_urls(x509_, NID_ad_ca_issuers);
}

std::vector<std::string> Certificate::ocsp_urls() const {
    return access_urls(x509_, NID_ad_OCSP);
}

std::vector<std::string> Certificate::crl_urls() const {
    std::vector<std::string> urls;
    const DistributionPointsPtr points(static_cast<CRL_DIST_POINTS*>(
        X509_get_ext_d2i(x509_, NID_crl_distribution_points, nullptr, nullptr)));
    if (!points) take_openssl_error();
    for (int i = 0; points && i < sk_DIST_POINT_num(points.get()); ++i) {
        const DIST_POINT_NAME* name = sk_DIST_POINT_value(points.get(), i)->distpoint;
        if (name == nullptr || name->type != 0) continue;  // 0: fullName (RFC 5280 section 4.2.1.13)
        for (int j = 0; j < sk_GENERAL_NAME_num(name->name.fullname); ++j) {
            add_uri(sk_GENERAL_NAME_value(name->name.fullname, j), urls);
        }
    }
    return urls;
}

std::vector<std::string> Certificate::dns_names() const {
    return alternative_names(x509_, GEN_DNS);
}

std::vector<std::string> Certificate::ip_addresses() const {
    return alternative_names(x509_, GEN_IPADD);
}

std::string Certificate::pem() const {
    const BioPtr bio(BIO_new(BIO_s_mem()));
    if (!bio ||
        PEM_write_bio(bio.get(), PEM_STRING_X509, "", der_.data(), static_cast<long>(der_.size())) <= 0) {
        return {};
    }
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &data);
    return std::string(data, static_cast<std::size_t>(size));
}

std::string short_fingerprint(const Certificate& certificate) {
    return to_hex(certificate.sha256()).substr(0, 8);
}

}  // namespace chainmend::certs
