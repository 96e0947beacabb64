#include "certs/signing_ca.h"

#include <gtest/gtest.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>

#include "tests/support/forge.h"
#include "tests/support/pki.h"

namespace chainmend::certs {
namespace {

using test::noon;

SigningCaPtr made(KeyType key_type = KeyType::ecdsa_p256) {
    auto ca = SigningCa::make({.key_type = key_type, .common_name = "chainmend on host.test"}, noon());
    EXPECT_TRUE(ca) << (ca ? "" : ca.error().message);
    return ca ? *ca : nullptr;
}

std::string load_error(const std::string& certificate_pem, const std::string& key_pem, Time now = noon()) {
    const auto ca = SigningCa::load(as_bytes(certificate_pem), as_bytes(key_pem), now);
    if (ca) return "";
    EXPECT_EQ(ca.error().code, ErrorCode::signing_ca);
    return ca.error().message;
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

/// The secret itself of an ECDSA key.
std::string private_number(const PrivateKey& key) {
    BIGNUM* number = nullptr;
    EXPECT_EQ(EVP_PKEY_get_bn_param(key.evp_pkey(), OSSL_PKEY_PARAM_PRIV_KEY, &number), 1);
    char* text = BN_bn2hex(number);
    std::string hex = text;
    OPENSSL_free(text);
    BN_free(number);
    return hex;
}

std::string key_pem(EVP_PKEY& key) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> memory(BIO_new(BIO_s_mem()), BIO_free);
    EXPECT_EQ(PEM_write_bio_PrivateKey(memory.get(), &key, nullptr, nullptr, 0, nullptr, nullptr), 1);
    char* text = nullptr;
    const long size = BIO_get_mem_data(memory.get(), &text);
    return std::string(text, static_cast<std::size_t>(size));
}

TEST(SigningCa, MadeOnesMaySignEndEntityCertificatesAndNothingElse) {
    for (const KeyType key_type : {KeyType::ecdsa_p256, KeyType::rsa2048}) {
        const auto ca = made(key_type);
        ASSERT_TRUE(ca);
        X509* x509 = ca->certificate()->x509();
        EXPECT_TRUE(ca->certificate()->is_ca());
        EXPECT_EQ(X509_get_pathlen(x509), 0);
        EXPECT_EQ(X509_get_key_usage(x509), unsigned{KU_KEY_CERT_SIGN | KU_CRL_SIGN});
        for (const int nid : {NID_basic_constraints, NID_key_usage}) {
            const int at = X509_get_ext_by_NID(x509, nid, -1);
            ASSERT_GE(at, 0);
            EXPECT_EQ(X509_EXTENSION_get_critical(X509_get_ext(x509, at)), 1);
        }
        EXPECT_EQ(ca->certificate()->subject_key_id().size(), 20u);
        EXPECT_TRUE(ca->certificate()->is_self_signed());
        EXPECT_EQ(ca->certificate()->display_name(), "chainmend on host.test");
        EXPECT_TRUE(ca->chain().empty());
    }
}

TEST(SigningCa, BeginsAnHourAgoForClientsWhoseClocksAreBehind) {
    const auto ca = made();
    ASSERT_TRUE(ca);
    EXPECT_EQ(ca->certificate()->not_before(), noon() - std::chrono::hours{1});
    EXPECT_EQ(ca->certificate()->not_after(), noon() + std::chrono::days{3650});
}

TEST(SigningCa, TwoOfThemShareNeitherKeyNorSerialNumber) {
    const auto one = made();
    const auto other = made();
    EXPECT_NE(one->certificate()->spki_sha256(), other->certificate()->spki_sha256());
    EXPECT_NE(one->certificate()->serial(), other->certificate()->serial());
}

TEST(SigningCa, RefusesANameThatACommonNameCanNotHold) {
    EXPECT_FALSE(SigningCa::make({.common_name = ""}, noon()));
    EXPECT_FALSE(SigningCa::make({.common_name = std::string(65, 'x')}, noon()));
    EXPECT_TRUE(SigningCa::make({.common_name = std::string(64, 'x')}, noon()));
}

TEST(SigningCa, LoadsWhatItMade) {
    for (const KeyType key_type : {KeyType::ecdsa_p256, KeyType::rsa2048}) {
        const auto ca = made(key_type);
        const auto loaded =
            SigningCa::load(as_bytes(ca->certificate()->pem()), as_bytes(*ca->key_pem()), noon());
        ASSERT_TRUE(loaded) << loaded.error().message;
        EXPECT_EQ((*loaded)->certificate()->sha256(), ca->certificate()->sha256());
        EXPECT_TRUE((*loaded)->chain().empty());
    }
}

TEST(SigningCa, RefusesAKeyThatDoesNotMatch) {
    EXPECT_TRUE(contains(load_error(made()->certificate()->pem(), *made()->key_pem()), "does not belong"));
}

TEST(SigningCa, RefusesAnEndEntityCertificate) {
    const auto root = test::Identity::root("Root");
    const auto leaf = root.leaf("leaf.test");
    EXPECT_TRUE(contains(load_error(leaf.pem(), leaf.key_pem()), "not a CA"));
}

TEST(SigningCa, RefusesACaWithoutKeyCertSign) {
    test::CertificateSpec spec;
    spec.key_usage = "critical,cRLSign";
    const auto root = test::Identity::root("Root", spec);
    EXPECT_TRUE(contains(load_error(root.pem(), root.key_pem()), "keyCertSign"));
}

TEST(SigningCa, RefusesACaWithoutASubjectKeyIdentifier) {
    test::CertificateSpec spec;
    spec.key_ids = false;
    const auto root = test::Identity::root("Root", spec);
    EXPECT_TRUE(contains(load_error(root.pem(), root.key_pem()), "subject key identifier"));
}

TEST(SigningCa, RefusesAKeyThatIsTooWeak) {
    auto draft = test::root_draft("/CN=Weak CA");
    draft.key = test::forged_key(test::KeyKind::rsa1024);
    const auto weak = test::forge(draft);
    const std::string error = load_error(weak.certificate->pem(), key_pem(*weak.key));
    EXPECT_TRUE(contains(error, "RSA of 2048")) << error;
}

TEST(SigningCa, RefusesOneThatDoesNotSayWhenItEnds) {
    auto draft = test::root_draft("/CN=Timeless CA");
    const std::string not_after = "270601000000Z";
    draft.not_after = test::noon() + std::chrono::days{365};
    draft.tamper = [&](Bytes& der) {
        const auto at = std::search(der.begin(), der.end(), not_after.begin(), not_after.end());
        ASSERT_NE(at, der.end());
        *(at + 2) = '9';  // in month 96
    };
    const auto timeless = test::forge(draft);
    const std::string error = load_error(timeless.certificate->pem(), key_pem(*timeless.key));
    EXPECT_TRUE(contains(error, "validity is unreadable")) << error;
}

TEST(SigningCa, RefusesOneThatHasExpiredOrNotBegun) {
    const auto ca = made();
    const std::string pem = ca->certificate()->pem();
    EXPECT_EQ(load_error(pem, *ca->key_pem(), noon() + std::chrono::days{3650}), "");
    EXPECT_TRUE(
        contains(load_error(pem, *ca->key_pem(), noon() + std::chrono::days{3651}), "expired on 2036-05-29"));
    EXPECT_TRUE(contains(load_error(pem, *ca->key_pem(), noon() - std::chrono::days{1}), "not valid before"));
}

TEST(SigningCa, SendsTheChainOfACaThatAnOrganisationIssued) {
    // Corp Root (not sent) -> Corp Issuing -> chainmend
    const auto root = test::Identity::root("Corp Root");
    const auto issuing = root.intermediate("Corp Issuing");
    const auto ca = issuing.intermediate("chainmend");
    const auto loaded =
        SigningCa::load(as_bytes(ca.pem() + issuing.pem() + root.pem()), as_bytes(ca.key_pem()), noon());
    ASSERT_TRUE(loaded) << loaded.error().message;
    ASSERT_EQ((*loaded)->chain().size(), 2u);
    EXPECT_EQ((*loaded)->chain()[0]->display_name(), "chainmend");
    EXPECT_EQ((*loaded)->chain()[1]->display_name(), "Corp Issuing");
}

TEST(SigningCa, RefusesACaWhoseSignatureNobodyCanCheck) {
    const auto ca = test::Identity::root("Corp Root").intermediate("chainmend");
    EXPECT_TRUE(contains(load_error(ca.pem(), ca.key_pem()), "\"Corp Root\""));
}

TEST(SigningCa, RefusesAChainThatDoesNotBelongToIt) {
    const auto ca = test::Identity::root("Corp Root").intermediate("chainmend");
    const auto stranger = test::Identity::root("Corp Root");
    EXPECT_TRUE(
        contains(load_error(ca.pem() + stranger.pem(), ca.key_pem()), "did not sign the one before it"));
}

TEST(SigningCa, NoBitOfTheCertificateCanFlipUnnoticed) {
    const auto ca = made();
    const Bytes good = Bytes(ca->certificate()->der().begin(), ca->certificate()->der().end());
    for (std::size_t at = 0; at < good.size(); ++at) {
        Bytes bent = good;
        bent[at] ^= static_cast<std::uint8_t>(1u << (at % 8));
        EXPECT_NE(load_error(std::string(as_text(bent)), *ca->key_pem()), "") << "octet " << at;
    }
}

TEST(SigningCa, NoChangeOfThePrivateKeyGoesUnnoticed) {
    const auto ca = made();
    const std::string pem = *ca->key_pem();
    const std::string certificate = ca->certificate()->pem();
    for (std::size_t at = pem.find('\n') + 1; pem[at] != '=' && pem[at] != '-'; ++at) {
        if (pem[at] == '\n') continue;
        std::string bent = pem;
        bent[at] = pem[at] == 'A' ? 'B' : 'A';
        const auto loaded = SigningCa::load(as_bytes(certificate), as_bytes(bent), noon());
        // What still loads differs in a version number that means nothing: it is the same key.
        if (loaded) {
            EXPECT_EQ(private_number((*loaded)->key()), private_number(ca->key())) << "character " << at;
        }
    }
}

}  // namespace
}  // namespace chainmend::certs
