// RFC 5280 section 4.2.1.10, and what libcrypto makes of it wrongly.
//
//     root -> ca (constraints) -> leaf (names)
#include <gtest/gtest.h>

#include "certs/name_constraints.h"
#include "certs/path_validator.h"
#include "tests/support/forge.h"
#include "tests/support/pki.h"

namespace chainmend::test {
namespace {

using namespace certs;

struct Row {
    const char* name;
    const char* constraints;
    const char* names;  ///< the subjectAltName
    bool good;
    const char* subject = "/O=Test/CN=leaf";
    const char* sections = "";
};

constexpr const char* directories =
    "[test]\nO=Test\n[other]\nO=Other\n[testsales]\nO=Test\nOU=Sales\n[spaced]\nO=  tEST "
    "\n[mixed]\nO=Other\nOU=Sales\n";

const Row rows[] = {
    {"ADnsNameItself", "permitted;DNS:a.test", "DNS:a.test", true},
    {"ADnsNameWithLabelsInFront", "permitted;DNS:a.test", "DNS:x.y.a.test", true},
    {"ADnsNameInAnotherCase", "permitted;DNS:A.test", "DNS:x.a.TEST", true},
    {"ADnsNameThatOnlyEndsAlike", "permitted;DNS:a.test", "DNS:ba.test", false},
    {"ADnsNameAboveThePermitted", "permitted;DNS:x.a.test", "DNS:a.test", false},
    {"OneDnsNameOutsideOfTwo", "permitted;DNS:a.test", "DNS:a.test,DNS:b.test", false},
    {"TwoPermittedDomains", "permitted;DNS:a.test,permitted;DNS:b.test", "DNS:a.test,DNS:b.test", true},
    {"AnExcludedDnsName", "excluded;DNS:a.test", "DNS:x.a.test", false},
    {"ExcludedBeatsPermitted", "permitted;DNS:a.test,excluded;DNS:x.a.test", "DNS:x.a.test", false},
    {"EverythingExcluded", "excluded;DER:", "DNS:a.test", false},
    {"AWildcardBelowThePermitted", "permitted;DNS:a.test", "DNS:*.a.test", true},
    {"AWildcardWiderThanThePermitted", "permitted;DNS:x.a.test", "DNS:*.a.test", false},
    {"AWildcardThatReachesTheExcluded", "excluded;DNS:x.a.test", "DNS:*.a.test", false},
    {"AWildcardThatCanNotReachTheExcluded", "excluded;DNS:y.x.a.test", "DNS:*.a.test", true},
    {"AWildcardBelowTheExcluded", "excluded;DNS:a.test", "DNS:*.a.test", false},
    {"ACommonNameIsNoDnsName", "permitted;DNS:a.test", "DNS:a.test", true, "/CN=b.test"},
    {"AMalformedDnsName", "permitted;DNS:a.test", "DNS:.a.test", false},
    {"AMalformedDnsNameThatNothingConstrains", "permitted;IP:192.0.2.0/255.255.255.0", "DNS:.a.test", true},
    {"AConstraintWithALeadingDot", "permitted;DNS:.a.test", "DNS:x.a.test", false},
    {"AConstraintWithAWildcard", "permitted;DNS:*.a.test", "DNS:x.a.test", false},
    {"AnAddressInside", "permitted;IP:192.0.2.0/255.255.255.0", "IP:192.0.2.9", true},
    {"AnAddressOutside", "permitted;IP:192.0.2.0/255.255.255.0", "IP:192.0.3.9", false},
    {"AnExcludedAddress", "excluded;IP:192.0.2.0/255.255.255.0", "IP:192.0.2.9", false},
    {"AnIpv6AddressInside", "permitted;IP:2001:db8::/ffff:ffff::", "IP:2001:db8::9", true},
    {"AnIpv6AddressWhereIpv4IsPermitted", "permitted;IP:192.0.2.0/255.255.255.0", "IP:2001:db8::9", false},
    {"AMaskWithHoles", "permitted;IP:192.0.2.0/255.0.255.0", "DNS:a.test", false},
    {"AddressesDoNotConstrainDnsNames", "permitted;IP:192.0.2.0/255.255.255.0", "DNS:a.test", true},
    {"AMailbox", "permitted;email:ann@a.test", "email:ann@A.test", true},
    {"AnotherMailbox", "permitted;email:ann@a.test", "email:Ann@a.test", false},
    {"AMailboxOnAHost", "permitted;email:a.test", "email:ann@a.test", true},
    {"AMailboxOnAHostBelow", "permitted;email:a.test", "email:ann@x.a.test", false},
    {"AMailboxInADomain", "permitted;email:.a.test", "email:ann@x.a.test", true},
    {"AMailboxOnTheDomainItself", "permitted;email:.a.test", "email:ann@a.test", false},
    {"AnAsteriskIsALetter", "permitted;email:*@a.test", "email:ann@a.test", false},
    {"AMailboxWithTwoAts", "permitted;email:a.test", "email:ann@b@a.test", false},
    {"AMailboxInTheSubject", "permitted;email:a.test", "DNS:a.test", false,
     "/O=Test/emailAddress=ia5:ann@b.test"},
    {"AUriOnAHost", "permitted;URI:a.test", "URI:https://u@a.test:8443/x?y", true},
    {"AUriOnAnotherHost", "permitted;URI:a.test", "URI:https://x.a.test/", false},
    {"AUriInADomain", "permitted;URI:.a.test", "URI:https://x.a.test/", true},
    {"AUriWithAnAddress", "permitted;URI:a.test", "URI:https://192.0.2.1/", false},
    {"AUriWithoutAHost", "excluded;URI:a.test", "URI:urn:x", false},
    {"ADirectoryName", "permitted;dirName:test", "DNS:a.test", true, "/O=Test/CN=leaf", directories},
    {"ADirectoryNameInOtherLettersAndSpaces", "permitted;dirName:spaced", "DNS:a.test", true,
     "/O=printable:tESt/CN=leaf", directories},
    {"AnotherDirectoryName", "permitted;dirName:other", "DNS:a.test", false, "/O=Test/CN=leaf", directories},
    {"AnExcludedDirectoryName", "excluded;dirName:test", "DNS:a.test", false, "/O=Test/CN=leaf", directories},
    {"ADirectoryNameShorterThanTheConstraint", "permitted;dirName:testsales", "DNS:a.test", false, "/O=Test",
     directories},
    {"ADirectoryNameAmongTheAltNames", "permitted;dirName:test", "dirName:other", false, "/O=Test/CN=leaf",
     directories},
    {"AnEmptySubject", "permitted;dirName:other", "critical,DNS:a.test", true, "", directories},
    {"AnOtherNameThatIsConstrained", "excluded;otherName:1.2.3.4;UTF8:x", "otherName:1.2.3.4;UTF8:y", false},
    {"AnOtherNameConstraintWithoutSuchAName", "excluded;otherName:1.2.3.4;UTF8:x", "DNS:a.test", true},
    {"ARegisteredIdThatIsConstrained", "permitted;RID:1.2.3.4", "RID:1.2.3.4", false},
};

VerifyRequest request() {
    VerifyRequest out;
    out.at = noon();
    return out;
}

Failure judge(const Draft& root, const Draft& ca, const Draft& leaf) {
    const Forged forged_root = forge(root);
    const Forged forged_ca = forge(ca, &forged_root);
    const Forged forged_leaf = forge(leaf, &forged_ca);
    return judge_path({forged_leaf.certificate, forged_ca.certificate, forged_root.certificate}, request())
        .failure;
}

class NameConstraint : public testing::TestWithParam<Row> {};

TEST_P(NameConstraint, IsJudgedAsTheStandardSays) {
    const Row& row = GetParam();
    Draft ca = ca_draft("/O=Test/CN=CA", 2);
    ca.sections = row.sections;
    // An empty dNSName constraint (everything) can not be written in OpenSSL's syntax.
    const bool everything = std::string(row.constraints) == "excluded;DER:";
    ca.set("nameConstraints",
           everything ? "critical,DER:3006a10430028200" : "critical," + std::string(row.constraints));
    Draft leaf = leaf_draft("leaf.test");
    leaf.subject = row.subject;
    leaf.sections = row.sections;
    leaf.set("subjectAltName", row.names);
    const Failure failure = judge(root_draft("/O=Root/CN=Root"), ca, leaf);
    EXPECT_STREQ(to_string(failure.reason), row.good ? "ok" : "name_constraint") << failure.detail;
}

INSTANTIATE_TEST_SUITE_P(Every, NameConstraint, testing::ValuesIn(rows),
                         [](const auto& row) { return row.param.name; });

TEST(NameConstraints, OfTheAnchorCount) {
    Draft root = root_draft("/O=Test/CN=Root");
    root.set("nameConstraints", "critical,permitted;DNS:other.test");
    EXPECT_EQ(judge(root, ca_draft("/O=Test/CN=CA", 2), leaf_draft("shop.test")).reason,
              Reason::name_constraint);
}

TEST(NameConstraints, FurtherDownNarrowAndNeverWiden) {
    Draft root = root_draft("/O=Test/CN=Root");
    Draft ca = ca_draft("/O=Test/CN=CA", 2);
    root.set("nameConstraints", "critical,permitted;DNS:a.test");
    ca.set("nameConstraints", "critical,permitted;DNS:a.test,permitted;DNS:b.test");
    EXPECT_EQ(judge(root, ca, leaf_draft("a.test")).reason, Reason::ok);
    EXPECT_EQ(judge(root, ca, leaf_draft("b.test")).reason, Reason::name_constraint);
}

TEST(NameConstraints, HoldForIntermediatesAsWell) {
    Draft root = root_draft("/O=Test/CN=Root");
    root.set("nameConstraints", "critical,permitted;DNS:a.test");
    Draft ca = ca_draft("/O=Test/CN=CA", 2);
    ca.set("subjectAltName", "DNS:b.test");
    const Failure failure = judge(root, ca, leaf_draft("a.test"));
    EXPECT_EQ(failure.reason, Reason::name_constraint);
    EXPECT_EQ(failure.depth, 1);
}

TEST(NameConstraints, SpareSelfIssuedIntermediatesButNotASelfIssuedEndEntity) {
    Draft root = root_draft("/O=Test/CN=Root");
    root.set("nameConstraints", "critical,permitted;DNS:a.test");
    Draft rekeyed = ca_draft("/O=Test/CN=Root", 2);  // the root's own new key
    rekeyed.set("subjectAltName", "DNS:b.test");
    EXPECT_EQ(judge(root, rekeyed, leaf_draft("a.test")).reason, Reason::ok);
    Draft leaf = leaf_draft("b.test");
    leaf.subject = "/O=Test/CN=Root";
    EXPECT_EQ(judge(root, rekeyed, leaf).reason, Reason::name_constraint);
}

TEST(NameConstraints, ThatAreEmptyOrBoundedOrUnreadableAreRefused) {
    for (const char* der : {"3000", "3004a000a100", "300ea00c300a8206612e746573748101", "30060500"}) {
        Draft ca = ca_draft("/O=Test/CN=CA", 2);
        ca.set("nameConstraints", std::string("critical,DER:") + der);
        EXPECT_NE(judge(root_draft("/O=Test/CN=Root"), ca, leaf_draft("a.test")).reason, Reason::ok) << der;
    }
}

TEST(NameConstraints, WithAMinimumAreRefused) {
    Draft ca = ca_draft("/O=Test/CN=CA", 2);
    ca.set("nameConstraints", "critical,DER:300fa00d300b8206612e74657374800101");  // a.test, minimum 1
    EXPECT_EQ(judge(root_draft("/O=Test/CN=Root"), ca, leaf_draft("a.test")).reason, Reason::name_constraint);
}

TEST(NameConstraints, ThatAreNotCriticalAreEnforcedAndRefusedByTheStricterProfiles) {
    Draft root = root_draft("/O=Test/CN=Root");
    Draft ca = ca_draft("/O=Test/CN=CA", 2);
    ca.set("nameConstraints", "permitted;DNS:a.test");
    EXPECT_EQ(judge(root, ca, leaf_draft("a.test")).reason, Reason::ok);
    EXPECT_EQ(judge(root, ca, leaf_draft("b.test")).reason, Reason::name_constraint);
    const Forged forged_root = forge(root);
    const Forged forged_ca = forge(ca, &forged_root);
    auto strict = request();
    strict.profile = Profile::rfc5280;
    const auto leaf = forge(leaf_draft("a.test"), &forged_ca).certificate;
    EXPECT_FALSE(judge_path({leaf, forged_ca.certificate, forged_root.certificate}, strict).ok());
}

// 600 names and 600 constraints would be 360,000 comparisons.
TEST(NameConstraints, BeyondTheBudgetAreRefused) {
    Draft ca = ca_draft("/O=Test/CN=CA", 2);
    Draft leaf = leaf_draft("leaf.test");
    std::string constraints = "critical";
    std::string names = "DNS:leaf.test";
    for (int i = 0; i < 600; ++i) {
        constraints += ",excluded;DNS:x" + std::to_string(i) + ".test";
        names += ",DNS:y" + std::to_string(i) + ".test";
    }
    ca.set("nameConstraints", constraints);
    EXPECT_EQ(judge(root_draft("/O=Test/CN=Root"), ca, leaf).reason, Reason::ok);
    leaf.set("subjectAltName", names);
    EXPECT_EQ(judge(root_draft("/O=Test/CN=Root"), ca, leaf).reason, Reason::name_constraint);
}

}  // namespace
}  // namespace chainmend::test
