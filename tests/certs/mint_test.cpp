#include "certs/mint.h"

#include <gtest/gtest.h>
#include <openssl/x509v3.h>
#include <stdio.h>

#include <set>
#include <thread>

#include "tests/support/pki.h"
#include "tests/support/temporary_directory.h"

namespace chainmend::certs {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::seconds;
using test::noon;

const Time far = noon() + days{1000};

SigningCaPtr ca_of(KeyType key_type, Time made_at = noon() - days{30}) {
    return *SigningCa::make({.key_type = key_type, .common_name = "chainmend"}, made_at);
}

/// Making an RSA key takes long under the sanitizers: one for all tests.
MintKeyPtr rsa_key() {
    static const MintKeyPtr key = *MintKey::make(KeyType::rsa2048);
    return key;
}

std::unique_ptr<Mint> mint_of(SigningCaPtr ca, MintOptions options = {}) {
    if (!options.rsa_key) options.rsa_key = rsa_key();
    return std::move(*Mint::make(std::move(ca), options));
}

std::unique_ptr<Mint> a_mint(MintOptions options = {}) {
    return mint_of(ca_of(KeyType::ecdsa_p256), options);
}

ReferenceIdentity name(const std::string& host) {
    return *ReferenceIdentity::from_host(host);
}

MintedCertificatePtr minted(Mint& mint, const std::string& host, Time upstream = far, Time now = noon(),
                            KeyType key_type = KeyType::ecdsa_p256) {
    auto result = mint.certificate_for(name(host), key_type, upstream, now);
    EXPECT_TRUE(result) << (result ? "" : result.error().message);
    return result ? *result : nullptr;
}

std::string long_host() {
    return std::string(60, 'a') + ".example.test";
}

bool extension_is_critical(const Certificate& certificate, int nid) {
    const int at = X509_get_ext_by_NID(certificate.x509(), nid, -1);
    EXPECT_GE(at, 0);
    return X509_EXTENSION_get_critical(X509_get_ext(certificate.x509(), at)) == 1;
}

/// What the command prints, and "" for success: `openssl verify -x509_strict` as a user would run it.
std::string strict_complaint(const Mint& mint, const MintedCertificate& certificate,
                             const std::string& root_pem) {
    const test::TemporaryDirectory directory;
    std::string chain;
    for (const auto& above : certificate.chain)
        chain += above->pem();
    directory.write("root.pem", root_pem);
    directory.write("chain.pem", chain.empty() ? mint.ca().certificate()->pem() : chain);
    directory.write("leaf.pem", certificate.certificate->pem());
    const auto in_directory = [&](const char* file) { return (directory / file).string(); };
    const std::string command =
        "openssl verify -x509_strict -check_ss_sig -policy_check -purpose sslserver -attime " +
        std::to_string(noon().time_since_epoch().count()) + " -CAfile " + in_directory("root.pem") +
        " -untrusted " + in_directory("chain.pem") + " " + in_directory("leaf.pem") + " 2>&1";
    FILE* pipe = popen(command.c_str(), "r");
    if (pipe == nullptr) return "openssl can not be run";
    std::string output;
    char piece[512];
    while (fgets(piece, sizeof piece, pipe) != nullptr)
        output += piece;
    return pclose(pipe) == 0 ? "" : output;
}

TEST(Mint, EveryKindOfCertificatePassesOpensslVerifyStrict) {
    for (const KeyType ca_type : {KeyType::ecdsa_p256, KeyType::rsa2048}) {
        const auto mint = mint_of(ca_of(ca_type));
        for (const KeyType key_type : {KeyType::ecdsa_p256, KeyType::rsa2048}) {
            for (const std::string& host : {std::string("www.example.test"), std::string("192.0.2.7"),
                                            std::string("2001:db8::7"), long_host()}) {
                const auto certificate = minted(*mint, host, far, noon(), key_type);
                ASSERT_TRUE(certificate);
                EXPECT_EQ(strict_complaint(*mint, *certificate, mint->ca().certificate()->pem()), "")
                    << to_string(ca_type) << " CA, " << to_string(key_type) << " key, " << host;
            }
        }
    }
}

TEST(Mint, UnderAnOrganisationsCaTheChainGoesWithItAndPassesOpensslVerifyStrict) {
    // Corp Root (not sent) -> Corp Issuing -> chainmend -> www.example.test
    const auto root = test::Identity::root("Corp Root");
    const auto issuing = root.intermediate("Corp Issuing");
    const auto own = issuing.intermediate("chainmend");
    const auto mint =
        mint_of(*SigningCa::load(as_bytes(own.pem() + issuing.pem()), as_bytes(own.key_pem()), noon()));
    const auto certificate = minted(*mint, "www.example.test", far);
    ASSERT_EQ(certificate->chain.size(), 2u);
    EXPECT_EQ(strict_complaint(*mint, *certificate, root.pem()), "");
}

TEST(Mint, TheSanIsExactlyTheName) {
    const auto mint = a_mint();
    const auto www = minted(*mint, "WWW.Example.test.");
    EXPECT_EQ(www->certificate->dns_names(), std::vector<std::string>{"www.example.test"});
    EXPECT_TRUE(www->certificate->ip_addresses().empty());
    EXPECT_FALSE(extension_is_critical(*www->certificate, NID_subject_alt_name));
}

TEST(Mint, AnAddressIsAnIpAddressAndNoDnsName) {
    const auto mint = a_mint();
    for (const std::string& address : {std::string("192.0.2.7"), std::string("2001:db8::7")}) {
        const auto certificate = minted(*mint, address)->certificate;
        EXPECT_TRUE(certificate->dns_names().empty());
        ASSERT_EQ(certificate->ip_addresses().size(), 1u);
        EXPECT_EQ(X509_check_ip_asc(certificate->x509(), address.c_str(), 0), 1);
    }
}

TEST(Mint, ANameTooLongForACommonNameLeavesTheSubjectEmptyAndMakesTheSanCritical) {
    const auto mint = a_mint();
    const std::string longest = std::string(63, 'a') + "." + std::string(63, 'b') + "." +
                                std::string(63, 'c') + "." + std::string(61, 'd');
    ASSERT_EQ(longest.size(), 253u);
    for (const std::string& host : {long_host(), longest}) {
        const auto certificate = minted(*mint, host)->certificate;
        EXPECT_EQ(certificate->subject(), "");
        EXPECT_TRUE(extension_is_critical(*certificate, NID_subject_alt_name));
        EXPECT_EQ(certificate->dns_names(), std::vector<std::string>{host});
    }
    const std::string exactly_64 = std::string(59, 'a') + ".test";
    EXPECT_EQ(minted(*mint, exactly_64)->certificate->subject(), "CN=" + exactly_64);
}

TEST(Mint, IsForTlsServersOnlyAndNoCa) {
    const auto mint = a_mint();
    const auto certificate = minted(*mint, "www.example.test")->certificate;
    X509* x509 = certificate->x509();
    EXPECT_FALSE(certificate->is_ca());
    EXPECT_EQ(X509_get_key_usage(x509), unsigned{KU_DIGITAL_SIGNATURE});
    EXPECT_EQ(X509_get_extended_key_usage(x509), unsigned{XKU_SSL_SERVER});
    EXPECT_EQ(certificate->authority_key_id(), mint->ca().certificate()->subject_key_id());
    EXPECT_EQ(certificate->subject_key_id().size(), 20u);
    EXPECT_EQ(X509_get_signature_nid(x509), NID_ecdsa_with_SHA256);
}

TEST(Mint, TheKeyIsNeverTheCasAndFitsTheCertificate) {
    const auto mint = a_mint();
    for (const KeyType key_type : {KeyType::ecdsa_p256, KeyType::rsa2048}) {
        const auto own = minted(*mint, "www.example.test", far, noon(), key_type);
        EXPECT_NE(own->certificate->spki_sha256(), mint->ca().certificate()->spki_sha256());
        EXPECT_EQ(X509_check_private_key(own->certificate->x509(), own->key->evp_pkey()), 1);
        // Decoded anew, as a client sees it, it still is that key.
        const auto decoded = Certificate::from_der(own->certificate->der());
        ASSERT_TRUE(decoded);
        EXPECT_EQ(X509_check_private_key((*decoded)->x509(), own->key->evp_pkey()), 1);
    }
}

TEST(Mint, MakesItsRsaKeyByItself) {
    const auto mint = std::move(*Mint::make(ca_of(KeyType::ecdsa_p256), {}));
    const auto certificate = minted(*mint, "www.example.test", far, noon(), KeyType::rsa2048);
    ASSERT_TRUE(certificate);
    EXPECT_EQ(EVP_PKEY_get_bits(X509_get0_pubkey(certificate->certificate->x509())), 2048);
}

TEST(Mint, SerialNumbersAreRandomPositiveAndAtMostTwentyOctets) {
    const auto mint = a_mint();
    std::set<std::string> serials;
    for (int i = 0; i < 200; ++i) {
        const auto certificate = minted(*mint, "host" + std::to_string(i) + ".test")->certificate;
        const ASN1_INTEGER* serial = X509_get0_serialNumber(certificate->x509());
        EXPECT_GE(ASN1_STRING_length(serial), 16);
        EXPECT_LE(ASN1_STRING_length(serial), 20);
        EXPECT_NE(certificate->serial().front(), '-');
        serials.insert(certificate->serial());
    }
    EXPECT_EQ(serials.size(), 200u);
}

TEST(Mint, BeginsAnHourAgoButNotBeforeTheCa) {
    EXPECT_EQ(minted(*a_mint(), "a.test")->certificate->not_before(), noon() - hours{1});
    // Made half an hour ago, so valid since an hour and a half; nobody can tell: take one that begins later.
    test::CertificateSpec spec;
    spec.not_before = noon() - seconds{10};
    const auto root = test::Identity::root("Young", spec);
    const auto mint = mint_of(*SigningCa::load(as_bytes(root.pem()), as_bytes(root.key_pem()), noon()));
    EXPECT_EQ(minted(*mint, "a.test")->certificate->not_before(), noon() - seconds{10});
}

TEST(Mint, EndsWithTheEarliestOfServerCaAndValidity) {
    const auto mint = a_mint();
    EXPECT_EQ(minted(*mint, "a.test", noon() + days{5})->certificate->not_after(), noon() + days{5});
    EXPECT_EQ(minted(*mint, "b.test")->certificate->not_after(), noon() - hours{1} + days{90} - seconds{1});

    const auto longer = a_mint({.validity = days{3000}});
    EXPECT_EQ(minted(*longer, "b.test")->certificate->not_after(), noon() - hours{1} + days{90} - seconds{1});
    const auto shorter = a_mint({.validity = days{7}});
    EXPECT_EQ(minted(*shorter, "b.test")->certificate->not_after(), noon() - hours{1} + days{7} - seconds{1});

    const auto old = mint_of(ca_of(KeyType::ecdsa_p256, noon() - days{3640}));
    EXPECT_EQ(minted(*old, "b.test")->certificate->not_after(), noon() + days{10});
}

TEST(Mint, RefusesToMintBeyondTheServersOrItsOwnCasEnd) {
    const auto mint = a_mint();
    EXPECT_EQ(
        mint->certificate_for(name("a.test"), KeyType::ecdsa_p256, noon() - seconds{1}, noon()).error().code,
        ErrorCode::invalid_argument);
    EXPECT_EQ(
        mint->certificate_for(name("a.test"), KeyType::ecdsa_p256, noon() + days{9999}, noon() + days{9000})
            .error()
            .code,
        ErrorCode::signing_ca);
    EXPECT_EQ(mint->size(), 0u);
    EXPECT_EQ(minted(*mint, "a.test", noon())->certificate->not_after(), noon());
}

TEST(Mint, RemembersACertificateUntilTwoThirdsOfItsLife) {
    const auto mint = a_mint({.validity = days{30} + hours{1} + seconds{1}});
    const auto first = minted(*mint, "a.test");
    ASSERT_EQ(first->certificate->not_after(), noon() + days{30});
    EXPECT_EQ(first->renew_at, noon() + days{20});
    EXPECT_EQ(minted(*mint, "a.test", far, noon() + days{20} - seconds{1}), first);
    const auto second = minted(*mint, "a.test", far, noon() + days{20});
    EXPECT_NE(second, first);
    EXPECT_EQ(second->certificate->not_after(), noon() + days{50});
    EXPECT_EQ(mint->size(), 1u);
}

TEST(Mint, MintsAnewWhenTheServersCertificateNowEndsEarlier) {
    const auto mint = a_mint();
    const auto first = minted(*mint, "a.test", noon() + days{60});
    const auto second = minted(*mint, "a.test", noon() + days{6});
    EXPECT_EQ(second->certificate->not_after(), noon() + days{6});
    EXPECT_NE(first, second);
}

TEST(Mint, MintsAnewWhenTheClockWasSetBack) {
    const auto mint = a_mint();
    const auto first = minted(*mint, "a.test");
    const auto second = minted(*mint, "a.test", far, noon() - days{2});
    EXPECT_NE(first, second);
    EXPECT_EQ(second->certificate->not_before(), noon() - days{2} - hours{1});
}

TEST(Mint, KeepsNamesAddressesAndKeyTypesApart) {
    const auto mint = a_mint();
    const auto ecdsa = minted(*mint, "a.test");
    const auto rsa = minted(*mint, "a.test", far, noon(), KeyType::rsa2048);
    EXPECT_NE(ecdsa, rsa);
    EXPECT_NE(ecdsa, minted(*mint, "b.test"));
    EXPECT_EQ(ecdsa, minted(*mint, "A.test"));
    EXPECT_EQ(mint->size(), 3u);
}

TEST(Mint, ForgetsTheLeastRecentlyUsedBeyondItsCapacity) {
    const auto mint = a_mint({.capacity = 3});
    const auto a = minted(*mint, "a.test");
    const auto b = minted(*mint, "b.test");
    minted(*mint, "c.test");
    EXPECT_EQ(minted(*mint, "a.test"), a);
    minted(*mint, "d.test");
    EXPECT_EQ(mint->size(), 3u);
    EXPECT_EQ(minted(*mint, "a.test"), a);
    EXPECT_NE(minted(*mint, "b.test"), b);
}

TEST(Mint, ThreadsThatNeedTheSameNameAtOnceGetOneCertificate) {
    const auto mint = a_mint();
    for (int round = 0; round < 20; ++round) {
        const std::string host = "host" + std::to_string(round) + ".test";
        std::vector<MintedCertificatePtr> got(4);
        std::vector<std::thread> threads;
        for (auto& slot : got)
            threads.emplace_back([&] { slot = minted(*mint, host); });
        for (auto& thread : threads)
            thread.join();
        for (const auto& certificate : got)
            EXPECT_EQ(certificate, got.front());
    }
    EXPECT_EQ(mint->size(), 20u);
}

}  // namespace
}  // namespace chainmend::certs
