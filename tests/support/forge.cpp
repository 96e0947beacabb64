#include "tests/support/forge.h"

#include <openssl/conf.h>
#include <openssl/core_names.h>
#include <openssl/dsa.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <map>
#include <mutex>
#include <stdexcept>

#include "tests/support/pki.h"

namespace chainmend::test {
namespace {

using std::chrono::days;

/// A forged certificate that can not be made is a mistake in a test.
void require(bool good, const std::string& what) {
    if (good) return;
    char text[256];
    ERR_error_string_n(ERR_get_error(), text, sizeof text);
    throw std::logic_error("forge: " + what + ": " + text);
}

template <class T, class Free>
std::unique_ptr<T, Free> own(T* object, Free release, const std::string& what) {
    require(object != nullptr, what);
    return {object, release};
}

std::shared_ptr<EVP_PKEY> generate(const char* type, const std::function<int(EVP_PKEY_CTX*)>& configure) {
    const auto context = own(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr), EVP_PKEY_CTX_free, type);
    EVP_PKEY* key = nullptr;
    require(EVP_PKEY_keygen_init(context.get()) == 1 && configure(context.get()) == 1 &&
                EVP_PKEY_generate(context.get(), &key) == 1,
            type);
    return {key, EVP_PKEY_free};
}

std::shared_ptr<EVP_PKEY> generate_dsa() {
    const auto context = own(EVP_PKEY_CTX_new_from_name(nullptr, "DSA", nullptr), EVP_PKEY_CTX_free, "DSA");
    EVP_PKEY* parameters = nullptr;
    require(EVP_PKEY_paramgen_init(context.get()) == 1 &&
                EVP_PKEY_CTX_set_dsa_paramgen_bits(context.get(), 1024) == 1 &&
                EVP_PKEY_paramgen(context.get(), &parameters) == 1,
            "DSA parameters");
    const auto owned = own(parameters, EVP_PKEY_free, "DSA");
    const auto generator =
        own(EVP_PKEY_CTX_new_from_pkey(nullptr, parameters, nullptr), EVP_PKEY_CTX_free, "DSA");
    EVP_PKEY* key = nullptr;
    require(EVP_PKEY_keygen_init(generator.get()) == 1 && EVP_PKEY_generate(generator.get(), &key) == 1,
            "DSA key");
    return {key, EVP_PKEY_free};
}

std::shared_ptr<EVP_PKEY> generate(KeyKind kind) {
    const auto curve = [](const char* name) {
        return [name](EVP_PKEY_CTX* context) { return EVP_PKEY_CTX_set_group_name(context, name); };
    };
    const auto bits = [](int count) {
        return [count](EVP_PKEY_CTX* context) { return EVP_PKEY_CTX_set_rsa_keygen_bits(context, count); };
    };
    switch (kind) {
        case KeyKind::p256:
            return generate("EC", curve("P-256"));
        case KeyKind::p384:
            return generate("EC", curve("P-384"));
        case KeyKind::p192:
            return generate("EC", curve("P-192"));
        case KeyKind::p256_explicit:
            return generate("EC", [&](EVP_PKEY_CTX* context) {
                return EVP_PKEY_CTX_set_group_name(context, "P-256") == 1 &&
                               EVP_PKEY_CTX_set_ec_param_enc(context, OPENSSL_EC_EXPLICIT_CURVE) == 1
                           ? 1
                           : 0;
            });
        case KeyKind::ed25519:
            return generate("ED25519", [](EVP_PKEY_CTX*) { return 1; });
        case KeyKind::rsa2048:
            return generate("RSA", bits(2048));
        case KeyKind::rsa1024:
            return generate("RSA", bits(1024));
        case KeyKind::rsa2052:
            return generate("RSA", bits(2052));
        case KeyKind::dsa2048:
            return generate_dsa();
    }
    return nullptr;
}

struct Encoded {
    int type;
    std::string value;
};

Encoded encode(const std::string& text) {
    const std::map<std::string, int> kinds = {{"printable:", V_ASN1_PRINTABLESTRING},
                                              {"utf8:", V_ASN1_UTF8STRING},
                                              {"bmp:", V_ASN1_BMPSTRING},
                                              {"ia5:", V_ASN1_IA5STRING}};
    for (const auto& [prefix, type] : kinds) {
        if (text.substr(0, prefix.size()) != prefix) continue;
        const std::string value = text.substr(prefix.size());
        if (type != V_ASN1_BMPSTRING) return {type, value};
        std::string wide;
        for (const char c : value)
            wide += std::string(1, '\0') + c;
        return {type, wide};
    }
    return {V_ASN1_UTF8STRING, text};
}

X509_NAME* make_name(const NameText& text) {
    X509_NAME* name = X509_NAME_new();
    for (std::size_t at = 0; at < text.size();) {
        const auto equals = text.find('=', at);
        const auto end = std::min(text.find_first_of("/+", equals), text.size());
        const auto [type, value] = encode(text.substr(equals + 1, end - equals - 1));
        const std::string field = text.substr(at + 1, equals - at - 1);
        require(X509_NAME_add_entry_by_txt(name, field.c_str(), type,
                                           reinterpret_cast<const unsigned char*>(value.data()),
                                           static_cast<int>(value.size()), -1, text[at] == '+' ? -1 : 0) == 1,
                "name " + text);
        at = end;
    }
    return name;
}

void set_time(ASN1_TIME* out, Time time) {
    require(ASN1_TIME_set(out, time.time_since_epoch().count()) != nullptr, "time");
}

auto read_sections(const std::string& sections) {
    auto file = own(NCONF_new(nullptr), NCONF_free, "configuration");
    const auto text =
        own(BIO_new_mem_buf(sections.data(), static_cast<int>(sections.size())), BIO_free, "configuration");
    long line = 0;
    require(NCONF_load_bio(file.get(), text.get(), &line) == 1, "configuration line " + std::to_string(line));
    return file;
}

int sign_digest(const std::string& digest, EVP_PKEY* key,
                const std::function<int(EVP_PKEY*, const EVP_MD*)>& sign) {
    const bool edwards = EVP_PKEY_is_a(key, "ED25519") == 1;
    return sign(key, edwards ? nullptr : EVP_get_digestbyname(digest.c_str()));
}

void set_names(X509* x509, const Draft& draft, const Forged* issuer) {
    const auto subject = own(make_name(draft.subject), X509_NAME_free, "subject");
    X509_set_subject_name(x509, subject.get());
    const auto given = own(make_name(draft.issuer), X509_NAME_free, "issuer");
    const X509_NAME* signer =
        issuer == nullptr ? subject.get() : X509_get_subject_name(issuer->certificate->x509());
    const bool use_given = !draft.issuer.empty() || draft.no_issuer;
    X509_set_issuer_name(x509, use_given ? given.get() : signer);
}

void set_serial(X509* x509, const std::string& hex) {
    BIGNUM* number = nullptr;
    BN_hex2bn(&number, hex.c_str());
    const auto owned = own(number, BN_free, "serial number");
    BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x509));
}

X509_REVOKED* make_entry(const RevokedDraft& draft, ASN1_TIME* time) {
    X509_REVOKED* entry = X509_REVOKED_new();
    BIGNUM* number = nullptr;
    BN_hex2bn(&number, draft.serial.c_str());
    const auto integer = own(BN_to_ASN1_INTEGER(number, nullptr), ASN1_INTEGER_free, "serial");
    BN_free(number);
    X509_REVOKED_set_serialNumber(entry, integer.get());
    X509_REVOKED_set_revocationDate(entry, time);
    for (const auto& [name, value] : draft.extensions) {
        const auto extension = own(X509V3_EXT_nconf(nullptr, nullptr, name.c_str(), value.c_str()),
                                   X509_EXTENSION_free, name + "=" + value);
        X509_REVOKED_add_ext(entry, extension.get(), -1);
    }
    if (draft.issuer.empty()) return entry;
    const auto names = own(GENERAL_NAMES_new(), GENERAL_NAMES_free, "certificateIssuer");
    GENERAL_NAME* name = GENERAL_NAME_new();
    GENERAL_NAME_set0_value(name, GEN_DIRNAME, make_name(draft.issuer));
    sk_GENERAL_NAME_push(names.get(), name);
    require(X509_REVOKED_add1_ext_i2d(entry, NID_certificate_issuer, names.get(), 1, 0) == 1,
            "certificateIssuer");
    return entry;
}

Bytes der_of(X509* x509) {
    unsigned char* data = nullptr;
    const int length = i2d_X509(x509, &data);
    require(length > 0, "encoding");
    Bytes der(data, data + length);
    OPENSSL_free(data);
    return der;
}

}  // namespace

std::shared_ptr<EVP_PKEY> forged_key(KeyKind kind, int number) {
    static std::mutex mutex;
    static std::map<std::pair<KeyKind, int>, std::shared_ptr<EVP_PKEY>> keys;
    const std::lock_guard lock(mutex);
    auto& key = keys[{kind, number}];
    if (!key) key = generate(kind);
    return key;
}

Draft& Draft::set(const std::string& name, const std::string& value) {
    for (auto& [known, old] : extensions) {
        if (known != name) continue;
        old = value;
        return *this;
    }
    return add(name, value);
}

Draft& Draft::add(const std::string& name, const std::string& value) {
    extensions.emplace_back(name, value);
    return *this;
}

Draft& Draft::drop(const std::string& name) {
    std::erase_if(extensions, [&](const auto& extension) { return extension.first == name; });
    return *this;
}

Draft root_draft(const NameText& subject, int number) {
    return ca_draft(subject, number).drop("authorityKeyIdentifier");
}

Draft ca_draft(const NameText& subject, int number) {
    Draft draft;
    draft.subject = subject;
    draft.not_before = noon() - days{180};
    draft.not_after = noon() + days{180};
    draft.key = forged_key(KeyKind::p256, number);
    draft.add("basicConstraints", "critical,CA:TRUE").add("keyUsage", "critical,keyCertSign,cRLSign");
    return draft.add("subjectKeyIdentifier", "hash").add("authorityKeyIdentifier", "keyid");
}

Draft leaf_draft(const std::string& host) {
    Draft draft;
    draft.subject = "/CN=" + host;
    draft.not_before = noon() - days{30};
    draft.not_after = noon() + days{60};
    draft.key = forged_key(KeyKind::p256, 100);
    draft.add("basicConstraints", "critical,CA:FALSE").add("keyUsage", "critical,digitalSignature");
    draft.add("extendedKeyUsage", "serverAuth").add("subjectAltName", "DNS:" + host);
    return draft.add("subjectKeyIdentifier", "hash").add("authorityKeyIdentifier", "keyid");
}

Forged forge(const Draft& draft, const Forged* issuer) {
    const auto x509 = own(X509_new(), X509_free, "certificate");
    X509_set_version(x509.get(), draft.version);
    set_serial(x509.get(), draft.serial_hex);
    set_names(x509.get(), draft, issuer);
    set_time(X509_getm_notBefore(x509.get()), draft.not_before);
    set_time(X509_getm_notAfter(x509.get()), draft.not_after);
    X509_set_pubkey(x509.get(), draft.key.get());
    const auto sections = read_sections(draft.sections);
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer == nullptr ? x509.get() : issuer->certificate->x509(), x509.get(),
                   nullptr, nullptr, 0);
    X509V3_set_nconf(&context, sections.get());
    for (const auto& [name, value] : draft.extensions) {
        const auto extension = own(X509V3_EXT_nconf(sections.get(), &context, name.c_str(), value.c_str()),
                                   X509_EXTENSION_free, name + "=" + value);
        X509_add_ext(x509.get(), extension.get(), -1);
    }
    EVP_PKEY* signer = issuer == nullptr ? draft.key.get() : issuer->key.get();
    require(sign_digest(
                draft.digest, signer,
                [&](EVP_PKEY* key, const EVP_MD* digest) { return X509_sign(x509.get(), key, digest); }) > 0,
            "signature");
    Bytes der = der_of(x509.get());
    if (draft.tamper) draft.tamper(der);
    const auto certificate = certs::Certificate::from_der(der);
    require(certificate.ok(), certificate.ok() ? "" : certificate.error().message);
    return {*certificate, draft.key};
}

CrlDraft::CrlDraft() : this_update(noon() - days{1}), next_update(noon() + days{1}) {}

certs::CrlPtr forge_crl(const CrlDraft& draft, const Forged& issuer) {
    const auto crl = own(X509_CRL_new(), X509_CRL_free, "CRL");
    X509_CRL_set_version(crl.get(), X509_CRL_VERSION_2);
    const auto name = own(make_name(draft.issuer), X509_NAME_free, "issuer");
    X509_CRL_set_issuer_name(
        crl.get(), draft.issuer.empty() ? X509_get_subject_name(issuer.certificate->x509()) : name.get());
    const auto time = own(ASN1_TIME_new(), ASN1_TIME_free, "time");
    set_time(time.get(), draft.this_update);
    X509_CRL_set1_lastUpdate(crl.get(), time.get());
    for (const auto& serial : draft.revoked)
        X509_CRL_add0_revoked(crl.get(), make_entry({serial, "", {}}, time.get()));
    for (const auto& entry : draft.entries)
        X509_CRL_add0_revoked(crl.get(), make_entry(entry, time.get()));
    set_time(time.get(), draft.next_update);
    if (draft.has_next_update) X509_CRL_set1_nextUpdate(crl.get(), time.get());
    const auto sections = read_sections(draft.sections);
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer.certificate->x509(), nullptr, nullptr, crl.get(), 0);
    X509V3_set_nconf(&context, sections.get());
    for (const auto& [field, value] : draft.extensions) {
        const auto extension = own(X509V3_EXT_nconf(sections.get(), &context, field.c_str(), value.c_str()),
                                   X509_EXTENSION_free, field);
        X509_CRL_add_ext(crl.get(), extension.get(), -1);
    }
    EVP_PKEY* signer = draft.key ? draft.key.get() : issuer.key.get();
    require(X509_CRL_sign(crl.get(), signer, EVP_get_digestbyname(draft.digest.c_str())) > 0, "signature");
    unsigned char* data = nullptr;
    const int length = i2d_X509_CRL(crl.get(), &data);
    const auto decoded = certs::Crl::from_der({data, static_cast<std::size_t>(length)});
    OPENSSL_free(data);
    require(decoded.ok(), "CRL");
    return *decoded;
}

}  // namespace chainmend::test
