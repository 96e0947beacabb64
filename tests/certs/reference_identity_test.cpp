#include "certs/reference_identity.h"

#include <gtest/gtest.h>

#include "certs/identity_rules.h"
#include "certs/public_suffix.h"

namespace chainmend::certs {
namespace {

TEST(ReferenceIdentity, LowersCaseAndDropsOneTrailingDot) {
    EXPECT_EQ(ReferenceIdentity::from_host("WWW.Example.COM.")->text(), "www.example.com");
    EXPECT_FALSE(ReferenceIdentity::from_host("example.com..").ok());
}

TEST(ReferenceIdentity, TakesAnAddressForAnAddress) {
    EXPECT_EQ(ReferenceIdentity::from_host("192.0.2.1")->kind(), ReferenceIdentity::Kind::ip);
    EXPECT_EQ(ReferenceIdentity::from_host("2001:DB8:0:0::1")->text(), "2001:db8::1");
    EXPECT_EQ(ReferenceIdentity::from_host("::ffff:192.0.2.1")->address().size(), 16U);
    EXPECT_EQ(ReferenceIdentity::from_host("xn--bcher-kva.example")->kind(), ReferenceIdentity::Kind::dns);
}

TEST(ReferenceIdentity, RefusesWhatIsNeither) {
    for (const char* host :
         {"", ".", "a..b", ".a", "-a.test", "a-.test", "a b", "a\nb", "*.test",
          "b\xc3\xbc"
          "cher.test",
          "1.2.3", "1.2.3.4.5", "01.2.3.4", "256.1.1.1", "0x7f000001.0", "[::1]", "fe80::1%eth0", "a:80"}) {
        EXPECT_FALSE(ReferenceIdentity::from_host(host).ok()) << host;
    }
    EXPECT_FALSE(ReferenceIdentity::from_host(std::string(64, 'a') + ".test").ok());
    EXPECT_TRUE(ReferenceIdentity::from_host(std::string(63, 'a') + ".test").ok());
    std::string longest;
    while (longest.size() < 251)
        longest += "a.";
    EXPECT_TRUE(ReferenceIdentity::from_host(longest + "a").ok());
    EXPECT_FALSE(ReferenceIdentity::from_host(longest + "aaa").ok());
}

TEST(ReferenceIdentity, ErrorsHoldNoControlCharacters) {
    const auto identity = ReferenceIdentity::from_host("a\r\nX: y");
    ASSERT_FALSE(identity.ok());
    EXPECT_EQ(identity.error().message.find_first_of("\r\n"), std::string::npos);
}

TEST(AddressText, IsSpelledAsRfc5952Says) {
    const auto text = [](const char* address) { return ReferenceIdentity::ip(address)->text(); };
    EXPECT_EQ(text("2001:0db8:0000:0000:0001:0000:0000:0001"), "2001:db8::1:0:0:1");
    EXPECT_EQ(text("0:0:0:0:0:0:0:0"), "::");
    EXPECT_EQ(text("0:0:0:0:0:0:0:1"), "::1");
    EXPECT_EQ(text("1:0:0:0:0:0:0:0"), "1::");
    EXPECT_EQ(text("1:0:2:3:4:5:6:7"), "1:0:2:3:4:5:6:7");
    EXPECT_EQ(address_text(Bytes{1, 2, 3}), "");
}

TEST(DnsName, MatchesAsRfc9525Says) {
    EXPECT_TRUE(dns_name_matches("shop.TEST", "shop.test"));
    EXPECT_TRUE(dns_name_matches("*.example.com", "a.example.com"));
    for (const auto& [presented, host] : std::initializer_list<std::pair<const char*, const char*>>{
             {"*.example.com", "example.com"},
             {"*.example.com", "a.b.example.com"},
             {"*.example.com", ".example.com"},
             {"*.com", "example.com"},
             {"*", "com"},
             {"*.", "a."},
             {"a*.example.com", "ab.example.com"},
             {"*a.example.com", "ba.example.com"},
             {"a.*.com", "a.example.com"},
             {"*.*.com", "a.example.com"},
             {"xn--*.example.com", "xn--a.example.com"},
             {"shop.test.", "shop.test"},
             {"op.test", "shop.test"}}) {
        EXPECT_FALSE(dns_name_matches(presented, host)) << presented << " " << host;
    }
}

TEST(PublicSuffix, KnowsTopLevelDomainsAlways) {
    EXPECT_TRUE(is_public_suffix("com"));
    EXPECT_FALSE(is_public_suffix("example.com"));
}

TEST(PublicSuffix, KnowsTheListOfTheSystemItWasBuiltOn) {
    if (public_suffix_rules() == 0) GTEST_SKIP() << "built without a public suffix list";
    for (const char* name : {"co.uk", "CO.uk", "s3.amazonaws.com", "anything.ck"})
        EXPECT_TRUE(is_public_suffix(name)) << name;
    for (const char* name : {"example.co.uk", "www.ck", "a.b.example.com"})
        EXPECT_FALSE(is_public_suffix(name)) << name;
}

}  // namespace
}  // namespace chainmend::certs
