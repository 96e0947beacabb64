// One row a rule: a good chain, bent in one place. Each row fails when its rule is taken out.
//
//     root (anchor) -> ca -> leaf for shop.test
#include <gtest/gtest.h>

#include <algorithm>

#include "certs/path_validator.h"
#include "certs/public_suffix.h"
#include "tests/support/forge.h"
#include "tests/support/pki.h"

namespace chainmend::test {
namespace {

using namespace certs;
using enum Reason;
using std::chrono::days;
using std::chrono::seconds;

struct Chain {
    Draft root = root_draft("/O=Test/CN=Root");
    Draft ca = ca_draft("/O=Test/CN=CA", 2);
    Draft leaf = leaf_draft("shop.test");

    std::vector<CertificatePtr> path() const {
        const Forged forged_root = forge(root);
        const Forged forged_ca = forge(ca, &forged_root);
        return {forge(leaf, &forged_ca).certificate, forged_ca.certificate, forged_root.certificate};
    }
};

VerifyRequest request_for(Profile profile) {
    VerifyRequest request;
    request.identity = *ReferenceIdentity::from_host("shop.test");
    request.at = noon();
    request.profile = profile;
    return request;
}

struct Row {
    const char* name;
    Profile laxest;  ///< refused from here on; a warning in the profile before it
    Reason reason;
    int depth;
    void (*bend)(Chain&);
};

/// Changes the last byte of the last occurrence of `pattern`, outside what is signed when it stands at the
/// end.
void change_last(Bytes& der, const Bytes& pattern, std::uint8_t to) {
    const auto at = std::find_end(der.begin(), der.end(), pattern.begin(), pattern.end());
    ASSERT_NE(at, der.end());
    *(at + static_cast<std::ptrdiff_t>(pattern.size()) - 1) = to;
}
const Bytes ecdsa_with_sha256 = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02};
const Bytes exponent_65537 = {0x02, 0x03, 0x01, 0x00, 0x01};
const Bytes uncompressed_point = {0x03, 0x42, 0x00, 0x04};
const Bytes utc_time_of_2026 = {0x17, 0x0d, '2', '6'};

constexpr Profile always = Profile::compat;

const Row rows[] = {
    // Form of every certificate
    {"ASerialNumberOfZero", Profile::default_, malformed_certificate, 0, [](Chain& c) { c.leaf.serial_hex = "0"; }},
    {"ANegativeSerialNumber", Profile::default_, malformed_certificate, 0, [](Chain& c) { c.leaf.serial_hex = "-5"; }},
    {"ASerialNumberOf21Octets", Profile::default_, malformed_certificate, 0,
     [](Chain& c) { c.leaf.serial_hex = "01" + std::string(40, '1'); }},
    {"ASerialNumberOfZeroInAnIntermediate", Profile::rfc5280, malformed_certificate, 1,
     [](Chain& c) { c.ca.serial_hex = "0"; }},
    {"AVersion1EndEntity", Profile::default_, malformed_certificate, 0, [](Chain& c) { c.leaf.version = 1; }},
    {"TwoSignatureAlgorithms", always, malformed_certificate, 2,
     [](Chain& c) { c.root.tamper = [](Bytes& der) { change_last(der, ecdsa_with_sha256, 0x03); }; }},
    {"AnEmptyIssuer", always, malformed_certificate, 0, [](Chain& c) { c.leaf.no_issuer = true; }},
    {"AnExtensionTwice", always, malformed_certificate, 0,
     [](Chain& c) { c.leaf.add("1.2.3.4", "DER:0500").add("1.2.3.4", "DER:0500"); }},
    {"AnUnknownCriticalExtension", always, unknown_critical_extension, 0,
     [](Chain& c) { c.leaf.add("1.2.3.4", "critical,DER:0500"); }},
    {"AnUnknownCriticalExtensionInTheAnchor", always, unknown_critical_extension, 2,
     [](Chain& c) { c.root.add("1.2.3.4", "critical,DER:0500"); }},
    {"ACriticalAuthorityKeyId", always, unknown_critical_extension, 0,
     [](Chain& c) { c.leaf.set("authorityKeyIdentifier", "critical,DER:300680040102030a"); }},
    {"ACriticalSubjectKeyId", always, unknown_critical_extension, 0,
     [](Chain& c) { c.leaf.set("subjectKeyIdentifier", "critical,DER:040101"); }},
    {"AMalformedIssuerAltName", always, malformed_certificate, 0,
     [](Chain& c) { c.leaf.add("issuerAltName", "DER:0102"); }},
    {"AnEmptyAuthorityInformationAccess", always, malformed_certificate, 0,
     [](Chain& c) { c.leaf.add("authorityInfoAccess", "DER:3000"); }},
    {"AnEmptyExtendedKeyUsage", always, bad_eku, 0,
     [](Chain& c) { c.leaf.set("extendedKeyUsage", "DER:3000"); }},
    {"EmptyCertificatePolicies", always, malformed_certificate, 0,
     [](Chain& c) { c.leaf.add("certificatePolicies", "DER:3000"); }},
    {"EmptyPolicyMappings", always, malformed_certificate, 1, [](Chain& c) { c.ca.add("policyMappings", "DER:3000"); }},
    {"EmptyDistributionPoints", always, malformed_certificate, 0,
     [](Chain& c) { c.leaf.add("crlDistributionPoints", "DER:3000"); }},
    {"ANegativePathLength", always, malformed_certificate, 1,
     [](Chain& c) { c.ca.set("basicConstraints", "critical,DER:30060101ff0201ff"); }},
    {"AVersion2Intermediate", always, malformed_certificate, 1, [](Chain& c) { c.ca.version = 1; }},
    {"NoAuthorityKeyId", Profile::rfc5280, malformed_certificate, 0,
     [](Chain& c) { c.leaf.drop("authorityKeyIdentifier"); }},
    {"APathLengthWithoutACa", Profile::rfc5280, malformed_certificate, 0,
     [](Chain& c) { c.leaf.set("basicConstraints", "critical,DER:3003020100"); }},
    {"PolicyConstraintsThatAreNotCritical", Profile::default_, policy, 1,
     [](Chain& c) { c.ca.add("policyConstraints", "requireExplicitPolicy:5"); }},
    {"InhibitAnyPolicyThatIsNotCritical", Profile::rfc5280, policy, 1,
     [](Chain& c) { c.ca.add("inhibitAnyPolicy", "1"); }},
    // Keys and signatures
    {"ASha1Signature", Profile::default_, weak_signature, 0, [](Chain& c) { c.leaf.digest = "SHA1"; }},
    {"ASha1SignatureOfAnIntermediate", Profile::default_, weak_signature, 1, [](Chain& c) { c.ca.digest = "SHA1"; }},
    {"AnMd5Signature", always, weak_signature, 0,
     [](Chain& c) {
         c.ca.key = forged_key(KeyKind::rsa2048);
         c.leaf.digest = "MD5";
     }},
    {"AnRsaKeyOf1024Bits", Profile::default_, weak_key, 0, [](Chain& c) { c.leaf.key = forged_key(KeyKind::rsa1024); }},
    {"AnRsaKeyOf1024BitsInTheAnchor", Profile::default_, weak_key, 2,
     [](Chain& c) { c.root.key = forged_key(KeyKind::rsa1024); }},
    {"AnRsaKeyOfOddSize", Profile::default_, weak_key, 0, [](Chain& c) { c.leaf.key = forged_key(KeyKind::rsa2052); }},
    {"AKeyOnP192", always, weak_key, 0, [](Chain& c) { c.leaf.key = forged_key(KeyKind::p192); }},
    {"AnExplicitCurve", always, weak_key, 0, [](Chain& c) { c.leaf.key = forged_key(KeyKind::p256_explicit); }},
    {"ADsaKey", always, weak_key, 0, [](Chain& c) { c.leaf.key = forged_key(KeyKind::dsa2048); }},
    {"AnEd25519Key", Profile::webpki, weak_key, 0, [](Chain& c) { c.leaf.key = forged_key(KeyKind::ed25519); }},
    {"AForgedSignature", always, bad_signature, 0, [](Chain& c) { c.leaf.tamper = [](Bytes& der) { der.back() ^= 1; }; }},
    {"ADsaSignature", always, weak_signature, 0, [](Chain& c) { c.ca.key = forged_key(KeyKind::dsa2048); }},
    {"AnUnknownSignatureAlgorithm", always, weak_signature, 0,
     [](Chain& c) {
         c.leaf.tamper = [](Bytes& der) {
             change_last(der, ecdsa_with_sha256, 0x7f);
             change_last(der, ecdsa_with_sha256, 0x7f);  // the one that is signed
         };
     }},
    {"AnEvenRsaExponent", always, weak_key, 0,
     [](Chain& c) {
         c.leaf.key = forged_key(KeyKind::rsa2048);
         c.leaf.tamper = [](Bytes& der) { change_last(der, exponent_65537, 0x00); };
     }},
    {"APublicKeyThatCanNotBeDecoded", always, malformed_certificate, 0,
     [](Chain& c) { c.leaf.tamper = [](Bytes& der) { change_last(der, uncompressed_point, 0x05); }; }},
    // Validity, both bounds included
    {"AValidityThatCanNotBeRead", always, malformed_certificate, 0,
     [](Chain& c) { c.leaf.tamper = [](Bytes& der) { change_last(der, utc_time_of_2026, 'x'); }; }},
    {"AnEndOneSecondAgo", always, expired, 0, [](Chain& c) { c.leaf.not_after = noon() - seconds{1}; }},
    {"ABeginningInOneSecond", always, not_yet_valid, 0, [](Chain& c) { c.leaf.not_before = noon() + seconds{1}; }},
    {"AnExpiredIntermediate", always, expired, 1, [](Chain& c) { c.ca.not_after = noon() - days{3}; }},
    {"AnExpiredAnchor", always, expired, 2, [](Chain& c) { c.root.not_after = noon() - days{3}; }},
    // The end entity
    {"ACertificateForAnotherHost", always, host_mismatch, 0,
     [](Chain& c) { c.leaf.set("subjectAltName", "DNS:other.test,IP:192.0.2.1"); }},
    {"ACommonNameAlone", Profile::default_, no_san, 0, [](Chain& c) { c.leaf.drop("subjectAltName"); }},
    {"ACaAsEndEntity", Profile::webpki, bad_key_usage, 0,
     [](Chain& c) { c.leaf.set("basicConstraints", "critical,CA:TRUE"); }},
    {"AnEndEntityThatMaySignCertificates", Profile::default_, bad_key_usage, 0,
     [](Chain& c) { c.leaf.set("keyUsage", "critical,digitalSignature,keyCertSign"); }},
    {"AKeyUsageWithoutTls", always, bad_key_usage, 0, [](Chain& c) { c.leaf.set("keyUsage", "critical,nonRepudiation"); }},
    {"NoExtendedKeyUsage", Profile::webpki, bad_eku, 0, [](Chain& c) { c.leaf.drop("extendedKeyUsage"); }},
    {"AClientCertificate", always, bad_eku, 0, [](Chain& c) { c.leaf.set("extendedKeyUsage", "clientAuth"); }},
    {"AnyExtendedKeyUsage", Profile::webpki, bad_eku, 0,
     [](Chain& c) { c.leaf.set("extendedKeyUsage", "serverAuth,anyExtendedKeyUsage"); }},
    {"ACriticalExtendedKeyUsage", Profile::webpki, bad_eku, 0,
     [](Chain& c) { c.leaf.set("extendedKeyUsage", "critical,serverAuth"); }},
    {"NameConstraintsInAnEndEntity", always, name_constraint, 0,
     [](Chain& c) { c.leaf.add("nameConstraints", "critical,permitted;DNS:shop.test"); }},
    {"AnEmptySubjectWithoutACriticalName", Profile::default_, malformed_certificate, 0,
     [](Chain& c) { c.leaf.subject = ""; }},
    {"ACriticalNameBesideASubject", Profile::webpki, malformed_certificate, 0,
     [](Chain& c) { c.leaf.set("subjectAltName", "critical,DNS:shop.test"); }},
    {"AnUnderscoreInAName", Profile::rfc5280, malformed_certificate, 0,
     [](Chain& c) { c.leaf.set("subjectAltName", "DNS:shop.test,DNS:a_b.test"); }},
    {"ACommonNameForAnotherHost", Profile::webpki, malformed_certificate, 0,
     [](Chain& c) { c.leaf.subject = "/CN=other.test"; }},
    {"ACommonNameInAnotherCase", Profile::webpki, malformed_certificate, 0,
     [](Chain& c) { c.leaf.subject = "/CN=Shop.test"; }},
    {"ACommonNameThatIsAnAddress", Profile::webpki, malformed_certificate, 0,
     [](Chain& c) { c.leaf.subject = "/CN=0xC0A80101"; }},
    // Issuers
    {"AnIntermediateThatIsNoCa", always, not_a_ca, 1, [](Chain& c) { c.ca.set("basicConstraints", "critical,CA:FALSE"); }},
    {"AnIntermediateWithoutBasicConstraints", always, not_a_ca, 1, [](Chain& c) { c.ca.drop("basicConstraints"); }},
    {"AnAnchorThatIsNoCa", always, not_a_ca, 2, [](Chain& c) { c.root.drop("basicConstraints"); }},
    {"BasicConstraintsThatAreNotCritical", Profile::rfc5280, malformed_certificate, 2,
     [](Chain& c) { c.root.set("basicConstraints", "CA:TRUE"); }},
    {"AnIntermediateThatMayNotSign", always, bad_key_usage, 1, [](Chain& c) { c.ca.set("keyUsage", "critical,cRLSign"); }},
    {"AnAnchorThatMayNotSign", always, bad_key_usage, 2, [](Chain& c) { c.root.set("keyUsage", "critical,cRLSign"); }},
    {"NoSubjectKeyId", Profile::rfc5280, malformed_certificate, 1,
     [](Chain& c) {
         c.ca.drop("subjectKeyIdentifier");
         c.leaf.set("authorityKeyIdentifier", "DER:300680040102030a");
     }},
    {"AnIntermediateForClientsOnly", always, bad_eku, 1, [](Chain& c) { c.ca.add("extendedKeyUsage", "clientAuth"); }},
    {"AnAnchorForClientsOnly", always, bad_eku, 2, [](Chain& c) { c.root.add("extendedKeyUsage", "clientAuth"); }},
    {"ARootWithAnExtendedKeyUsage", Profile::webpki, bad_eku, 2,
     [](Chain& c) { c.root.add("extendedKeyUsage", "serverAuth"); }},
    {"ARootThatNamesAnotherKeyAsItsOwn", Profile::webpki, malformed_certificate, 2,
     [](Chain& c) { c.root.add("authorityKeyIdentifier", "DER:300680040102030a"); }},
    {"NamesThatDoNotChain", always, issuer_not_found, 0, [](Chain& c) { c.leaf.issuer = "/O=Test/CN=Other CA"; }},
    {"AnAnchorsPathLength", always, path_length, 2,
     [](Chain& c) { c.root.set("basicConstraints", "critical,CA:TRUE,pathlen:0"); }},
};

class PathRule : public testing::TestWithParam<Row> {};

TEST_P(PathRule, RefusesFromItsProfileOnAndWarnsBelow) {
    const Row& row = GetParam();
    Chain chain;
    row.bend(chain);
    const auto path = chain.path();
    for (const Profile profile : {Profile::compat, Profile::default_, Profile::rfc5280, Profile::webpki}) {
        const auto judgement = judge_path(path, request_for(profile));
        if (profile < row.laxest) {
            EXPECT_TRUE(judgement.ok()) << to_string(profile) << ": " << judgement.failure.detail;
            EXPECT_TRUE(std::ranges::any_of(judgement.warnings,
                                            [&](const Warning& warning) {
                                                return warning.code == to_string(row.reason) &&
                                                       warning.depth == row.depth;
                                            }))
                << to_string(profile) << " does not warn";
        } else {
            EXPECT_STREQ(to_string(judgement.failure.reason), to_string(row.reason))
                << to_string(profile) << ": " << judgement.failure.detail;
            EXPECT_EQ(judgement.failure.depth, row.depth) << judgement.failure.detail;
            // Behind some rules stands libcrypto, whose details have a colon. It is the rule that is tested
            // here.
            EXPECT_EQ(judgement.failure.detail.find(": ") != std::string::npos, row.reason == bad_signature)
                << judgement.failure.detail;
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Every, PathRule, testing::ValuesIn(rows),
                         [](const auto& row) { return row.param.name; });

TEST(PathValidator, AcceptsAGoodChainInEveryProfileWithoutAWarning) {
    const auto path = Chain{}.path();
    for (const Profile profile : {Profile::compat, Profile::default_, Profile::rfc5280, Profile::webpki}) {
        const auto judgement = judge_path(path, request_for(profile));
        EXPECT_TRUE(judgement.ok()) << judgement.failure.detail;
        EXPECT_TRUE(judgement.warnings.empty()) << judgement.warnings.front().detail;
    }
}

TEST(PathValidator, AcceptsAnUnknownExtensionAndAKeyUsageThatAreNotCritical) {
    Chain chain;
    chain.ca.set("keyUsage", "keyCertSign,cRLSign").add("1.2.3.4", "DER:0500");
    chain.leaf.set("keyUsage", "digitalSignature").add("1.2.3.4", "DER:0500");
    EXPECT_TRUE(judge_path(chain.path(), request_for(Profile::webpki)).ok());
}

TEST(PathValidator, CountsTheFirstAndTheLastSecondOfAValidity) {
    Chain chain;
    chain.leaf.not_before = noon();
    EXPECT_TRUE(judge_path(chain.path(), request_for(Profile::webpki)).ok());
    chain.leaf.not_before = noon() - days{1};
    chain.leaf.not_after = noon();
    EXPECT_TRUE(judge_path(chain.path(), request_for(Profile::webpki)).ok());
}

TEST(PathValidator, RefusesAPathOfNoCertificate) {
    const auto judgement = judge_path({}, request_for(Profile::default_));
    EXPECT_FALSE(judgement.ok());
}

TEST(PathValidator, RefusesAWildcardForAPublicSuffixInWebpkiAndWarnsOfItElsewhere) {
    if (public_suffix_rules() == 0) GTEST_SKIP() << "built without a public suffix list";
    Chain chain;
    chain.leaf = leaf_draft("*.co.uk");
    const auto path = chain.path();
    for (const Profile profile : {Profile::compat, Profile::default_, Profile::rfc5280, Profile::webpki}) {
        auto request = request_for(profile);
        request.identity = *ReferenceIdentity::from_host("shop.co.uk");
        const auto judgement = judge_path(path, request);
        if (profile == Profile::webpki) {
            EXPECT_STREQ(to_string(judgement.failure.reason), to_string(host_mismatch));
            continue;
        }
        EXPECT_TRUE(judgement.ok()) << judgement.failure.detail;
        ASSERT_EQ(judgement.warnings.size(), 1U);
        EXPECT_EQ(judgement.warnings[0].code, to_string(host_mismatch));
    }
}

TEST(PathValidator, IgnoresTheSerialNumberOfAnAnchor) {
    Chain chain;
    chain.root.serial_hex = "0";
    EXPECT_TRUE(judge_path(chain.path(), request_for(Profile::webpki)).ok());
}

TEST(PathValidator, WarnsOfAKeyIdThatIsNotTheIssuersAndAcceptsAllTheSame) {
    Chain chain;
    chain.leaf.set("authorityKeyIdentifier", "DER:300680040102030a");
    const auto judgement = judge_path(chain.path(), request_for(Profile::webpki));
    EXPECT_TRUE(judgement.ok()) << judgement.failure.detail;
    ASSERT_EQ(judgement.warnings.size(), 1U);
    EXPECT_EQ(judgement.warnings[0].code, "key_id_mismatch");
}

TEST(PathValidator, AcceptsAnAnchorThatIsNotSelfSigned) {
    auto path = Chain{}.path();
    path.pop_back();
    EXPECT_TRUE(judge_path(path, request_for(Profile::webpki)).ok());
}

TEST(PathValidator, RefusesAVersion1AnchorUnderTheStricterProfilesOnly) {
    Chain chain;
    chain.root.version = 0;
    chain.root.extensions.clear();
    chain.ca.drop("authorityKeyIdentifier");
    EXPECT_TRUE(judge_path(chain.path(), request_for(Profile::default_)).ok());
    EXPECT_EQ(judge_path(chain.path(), request_for(Profile::rfc5280)).failure.reason, malformed_certificate);
}

// leaf -> twin of ca (same name, other key): no other path may be found in its place.
TEST(PathValidator, JudgesThisPathAndNotOneThroughATwin) {
    const Chain chain;
    const Forged root = forge(chain.root);
    const Forged ca = forge(chain.ca, &root);
    const Forged twin = forge(ca_draft("/O=Test/CN=CA", 7), &root);
    const Forged leaf = forge(chain.leaf, &ca);
    auto request = request_for(Profile::default_);
    request.crl_issuers = {ca.certificate};
    const auto judgement = judge_path({leaf.certificate, twin.certificate, root.certificate}, request);
    EXPECT_EQ(judgement.failure.reason, bad_signature) << judgement.failure.detail;
}

TEST(PathValidator, RefusesAnEndEntityThatIsTrustedItself) {
    auto draft = leaf_draft("shop.test");
    draft.drop("authorityKeyIdentifier");
    const auto judgement = judge_path({forge(draft).certificate}, request_for(Profile::default_));
    EXPECT_EQ(judgement.failure.reason, leaf_as_anchor);
}

TEST(PathValidator, AcceptsATrustedSelfSignedCaAsAServerWithAWarning) {
    Draft draft = root_draft("/CN=shop.test");
    draft.add("subjectAltName", "DNS:shop.test");
    const std::vector<CertificatePtr> path{forge(draft).certificate};
    const auto judgement = judge_path(path, request_for(Profile::default_));
    EXPECT_TRUE(judgement.ok()) << judgement.failure.detail;
    EXPECT_FALSE(judgement.warnings.empty());
    EXPECT_FALSE(judge_path(path, request_for(Profile::webpki)).ok());
}

TEST(PathValidator, CountsIntermediatesThatAreNotSelfIssuedAgainstTheLimit) {
    const auto path = Chain{}.path();
    auto request = request_for(Profile::default_);
    request.max_depth = 0;
    EXPECT_EQ(judge_path(path, request).failure.reason, max_depth);
    request.max_depth = 1;
    EXPECT_TRUE(judge_path(path, request).ok());
}

// Under the public web's rules the common name must be a name of the certificate, or impossible to mistake
// for another host.
TEST(PathValidator, LetsACommonNameStandThatClaimsNoOtherHost) {
    struct Case {
        const char *names, *host, *common_name;
        Reason reason;
    };
    for (const Case& c : {Case{"DNS:www.shop.test", "www.shop.test", "shop.test", ok},
                          Case{"DNS:www.shop.test", "www.shop.test", "hop.test", malformed_certificate},
                          Case{"IP:192.0.2.1", "192.0.2.1", "192.0.2.1", ok},
                          Case{"IP:192.0.2.1", "192.0.2.1", "shop.test", ok},
                          Case{"IP:192.0.2.1", "192.0.2.1", "192.0.2.9", malformed_certificate},
                          Case{"IP:192.0.2.1", "192.0.2.1", "2001:db8::1", malformed_certificate},
                          Case{"IP:192.0.2.1", "192.0.2.1", "0xC0A80101", malformed_certificate},
                          Case{"IP:192.0.2.1", "192.0.2.1", "sh\xc3\xb6p.test", malformed_certificate}}) {
        Chain chain;
        chain.leaf.subject = std::string("/CN=") + c.common_name;
        chain.leaf.set("subjectAltName", c.names);
        auto request = request_for(Profile::webpki);
        request.identity = *ReferenceIdentity::from_host(c.host);
        EXPECT_EQ(judge_path(chain.path(), request).failure.reason, c.reason) << c.common_name;
    }
}

TEST(PathValidator, JudgesAClientByClientAuthAndItsMailbox) {
    Chain chain;
    chain.leaf.set("extendedKeyUsage", "clientAuth").set("subjectAltName", "email:Ann@Example.test");
    auto request = request_for(Profile::default_);
    request.identity.reset();
    request.purpose = Purpose::client;
    request.emails = {"Ann@example.test"};
    EXPECT_TRUE(judge_path(chain.path(), request).ok());
    request.emails = {"ann@example.test"};  // local parts have case
    EXPECT_EQ(judge_path(chain.path(), request).failure.reason, host_mismatch);
}

TEST(PathValidator, TellsAWrongHostWithoutAnyPath) {
    const auto path = Chain{}.path();
    auto request = request_for(Profile::default_);
    EXPECT_TRUE(judge_end_entity(path[0], request).ok());
    request.identity = *ReferenceIdentity::from_host("other.test");
    EXPECT_EQ(judge_end_entity(path[0], request).failure.reason, host_mismatch);
}

TEST(PathValidator, RefusesAKeyUsageWithoutABitWhateverThePurpose) {
    Chain chain;
    chain.leaf.set("keyUsage", "critical,DER:03020700");
    auto request = request_for(Profile::default_);
    request.purpose = Purpose::any;
    EXPECT_EQ(judge_path(chain.path(), request).failure.reason, malformed_certificate);
}

// With a name asked for it is the missing name that is told.
TEST(PathValidator, RefusesASubjectAltNameThatIsEmptyOrCanNotBeRead) {
    for (const char* value : {"DER:3000", "DER:0102", "DER:30038201"}) {
        Chain chain;
        chain.leaf.set("subjectAltName", value);
        auto request = request_for(Profile::compat);
        request.identity.reset();
        EXPECT_EQ(judge_path(chain.path(), request).failure.reason, malformed_certificate) << value;
    }
}

TEST(PathValidator, RefusesAnEmptyExtendedKeyUsageWhateverThePurpose) {
    Chain chain;
    chain.leaf.set("extendedKeyUsage", "DER:3000");
    auto request = request_for(Profile::compat);
    request.purpose = Purpose::any;
    EXPECT_EQ(judge_path(chain.path(), request).failure.reason, malformed_certificate);
}

TEST(PathValidator, RefusesAnEmptyPath) {
    EXPECT_FALSE(judge_path({}, request_for(Profile::compat)).ok());
}

}  // namespace
}  // namespace chainmend::test
