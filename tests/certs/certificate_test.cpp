#include "certs/certificate.h"

#include <gtest/gtest.h>

#include "certs/printable.h"
#include "tests/support/pki.h"

namespace chainmend::test {
namespace {

using namespace certs;

TEST(Certificate, TellsWhatItSays) {
    // leaf.test <- Example CA
    const auto root = Identity::root("Example CA");
    CertificateSpec spec;
    spec.ip_addresses = {"192.0.2.1", "2001:db8::1"};
    spec.dns_names = {"leaf.test", "www.leaf.test"};
    spec.ca_issuers = {"http://pki.test/ca.der", "ldap://pki.test/"};
    spec.ocsp = {"http://ocsp.test/"};
    spec.crl_urls = {"http://pki.test/ca.crl"};
    spec.serial_hex = "0a1b";
    const auto leaf = root.leaf("leaf.test", spec).certificate();
    EXPECT_EQ(leaf->subject(), "CN=leaf.test");
    EXPECT_EQ(leaf->issuer(), "CN=Example CA");
    EXPECT_EQ(leaf->display_name(), "leaf.test");
    EXPECT_EQ(leaf->issuer_display_name(), "Example CA");
    EXPECT_EQ(leaf->serial(), "0a1b");
    EXPECT_EQ(leaf->not_before(), spec.not_before);
    EXPECT_EQ(leaf->not_after(), spec.not_after);
    EXPECT_FALSE(leaf->is_ca());
    EXPECT_FALSE(leaf->is_self_issued());
    EXPECT_TRUE(root.certificate()->is_ca());
    EXPECT_TRUE(root.certificate()->is_self_signed());
    EXPECT_EQ(leaf->authority_key_id(), root.certificate()->subject_key_id());
    EXPECT_EQ(leaf->dns_names(), (std::vector<std::string>{"leaf.test", "www.leaf.test"}));
    EXPECT_EQ(leaf->ip_addresses(), (std::vector<std::string>{"192.0.2.1", "2001:db8::1"}));
    EXPECT_EQ(leaf->ca_issuers_urls(), spec.ca_issuers);
    EXPECT_EQ(leaf->ocsp_urls(), spec.ocsp);
    EXPECT_EQ(leaf->crl_urls(), spec.crl_urls);
    EXPECT_EQ(short_fingerprint(*leaf), to_hex(leaf->sha256()).substr(0, 8));
}

TEST(Certificate, IsSelfIssuedButNotSelfSignedWhenAnotherKeyOfThatNameSignedIt) {
    const auto old_root = Identity::root("Example CA");
    const auto rollover = old_root.intermediate("Example CA");
    EXPECT_TRUE(rollover.certificate()->is_self_issued());
    EXPECT_FALSE(rollover.certificate()->is_self_signed());
}

TEST(Certificate, SharesTheKeyHashWithItsRenewalAndNothingElse) {
    const auto root = Identity::root("Example CA");
    const auto first = root.leaf("leaf.test");
    const auto renewed = root.leaf("leaf.test", {}, first.key());
    EXPECT_EQ(first.certificate()->spki_sha256(), renewed.certificate()->spki_sha256());
    EXPECT_NE(first.certificate()->sha256(), renewed.certificate()->sha256());
}

TEST(Certificate, RefusesBytesBehindItsEndAndGarbage) {
    const auto root = Identity::root("Example CA");
    Bytes der(root.certificate()->der().begin(), root.certificate()->der().end());
    EXPECT_TRUE(Certificate::from_der(der).ok());
    der.push_back(0);
    EXPECT_FALSE(Certificate::from_der(der).ok());
    der.resize(der.size() / 2);
    EXPECT_FALSE(Certificate::from_der(der).ok());
    EXPECT_FALSE(Certificate::from_der({}).ok());
    EXPECT_FALSE(Certificate::from_der(Bytes(Certificate::max_der_bytes + 1, 0x30)).ok());
}

TEST(Certificate, ShowsHostileNamesEscaped) {
    CertificateSpec spec;
    spec.common_name = std::string("a\0b\nc\x1b[31m \xe2\x80\xae", 14);
    spec.dns_names = {std::string("good.test\0.evil.test", 20)};
    spec.ca_issuers = {"http://pki.test/\r\nHost: evil.test"};
    const auto certificate = Identity::self_signed(spec).certificate();
    EXPECT_EQ(certificate->display_name(), "a\\x00b\\x0ac\\x1b[31m \\u{202e}");
    EXPECT_EQ(certificate->dns_names().front(), "good.test\\x00.evil.test");
    EXPECT_EQ(certificate->ca_issuers_urls().front(), "http://pki.test/\\x0d\\x0aHost: evil.test");
    EXPECT_EQ(certificate->subject().find('\n'), std::string::npos);
    EXPECT_EQ(certificate->subject().find('\x1b'), std::string::npos);
    EXPECT_EQ(certificate->subject().find("\xe2\x80\xae"), std::string::npos);
}

TEST(Certificate, KeepsOnlySoManyUrls) {
    CertificateSpec spec;
    for (int i = 0; i < 200; ++i)
        spec.ca_issuers.push_back("http://pki.test/" + std::to_string(i));
    spec.ca_issuers[3] = "http://pki.test/" + std::string(100'000, 'x');
    const auto urls = Identity::root("leaf.test", spec).certificate()->ca_issuers_urls();
    ASSERT_EQ(urls.size(), Certificate::max_urls);
    EXPECT_EQ(urls[3], "http://pki.test/4");
}

TEST(Certificate, IgnoresAbsurdKeyIds) {
    CertificateSpec spec;
    spec.subject_key_id_hex = std::string(20'000, 'a');
    EXPECT_TRUE(Identity::root("Example CA", spec).certificate()->subject_key_id().empty());
}

TEST(Certificate, SurvivesItsOwnPem) {
    const auto root = Identity::root("Example CA").certificate();
    EXPECT_EQ(root->pem().substr(0, 28), "-----BEGIN CERTIFICATE-----\n");
    EXPECT_EQ(root->pem().back(), '\n');
}

TEST(Printable, KeepsLettersOfAllScriptsAndCutsWhatIsTooLong) {
    EXPECT_EQ(printable("Műszaki 認証局 ✓"), "Műszaki 認証局 ✓");
    EXPECT_EQ(printable("\xc0\xaf"), "\\xc0\\xaf");           // overlong
    EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // surrogate
    EXPECT_EQ(printable("\xe2\x80\xa8"), "\\u{2028}");        // line separator
    EXPECT_EQ(printable("\xc2\x85"), "\\u{85}");              // C1 control
    EXPECT_EQ(printable("\xf3\xa0\x81\x81"), "\\u{e0041}");   // tag character
    EXPECT_EQ(printable("\xe2\x82"), "\\xe2\\x82");           // broken off
    EXPECT_EQ(printable("abcdef", 4), "abcd...");
}

}  // namespace
}  // namespace chainmend::test
