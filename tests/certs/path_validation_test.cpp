// Families of RFC 5280 section 6.1, in the manner of NIST's PKITS (its sections in the comments): whole
// chains as tables. Rules of single certificates are in path_rules_test.cpp, names in
// name_constraints_test.cpp, revocation in crl_test.cpp.
#include <gtest/gtest.h>

#include "certs/path_validator.h"
#include "tests/support/forge.h"
#include "tests/support/pki.h"

namespace chainmend::test {
namespace {

using namespace certs;
using enum Reason;

/// Issues the drafts in order, anchor first, and judges the path.
Failure judge(const std::vector<Draft>& drafts) {
    std::vector<CertificatePtr> path;
    std::unique_ptr<Forged> issuer;
    for (const auto& draft : drafts) {
        issuer = std::make_unique<Forged>(forge(draft, issuer.get()));
        path.insert(path.begin(), issuer->certificate);
    }
    VerifyRequest request;
    request.at = noon();
    const Failure failure = judge_path(path, request).failure;
    // The standard's own profile agrees, whatever the key is for.
    request.profile = Profile::rfc5280;
    request.purpose = Purpose::any;
    EXPECT_STREQ(to_string(judge_path(path, request).failure.reason), to_string(failure.reason));
    return failure;
}

Draft root() {
    return root_draft("/O=Test/CN=Root");
}
Draft ca(int number) {
    return ca_draft("/O=Test/CN=CA " + std::to_string(number), number);
}
Draft leaf() {
    return leaf_draft("shop.test");
}

// ---- 4.3 name chaining
// -------------------------------------------------------------------------------------------

struct Naming {
    const char* name;
    const char* subject;  ///< of the CA
    const char* issuer;   ///< as the end entity writes it
    bool good;
};

const Naming namings[] = {
    {"TheSameLetters", "/C=DE/O=Test/CN=CA", "/C=DE/O=Test/CN=CA", true},
    {"AnotherName", "/C=DE/O=Test/CN=CA", "/C=DE/O=Test/CN=CB", false},
    {"AnotherOrder", "/C=DE/O=Test/CN=CA", "/O=Test/C=DE/CN=CA", false},
    {"MoreSpace", "/O=Test Org/CN=CA", "/O=  Test   Org /CN=CA", true},
    {"SpaceWhereThereIsNone", "/O=TestOrg/CN=CA", "/O=Test Org/CN=CA", false},
    {"OtherCase", "/O=Test/CN=CA", "/O=TEST/CN=ca", true},
    {"AnotherStringType", "/O=printable:Test/CN=printable:CA", "/O=utf8:Test/CN=utf8:CA", true},
    {"AWideString", "/O=bmp:Test/CN=CA", "/O=Test/CN=CA", true},
    {"OneAttributeMore", "/O=Test/CN=CA", "/O=Test/CN=CA/OU=X", false},
    {"ADomainComponent", "/DC=ia5:test/CN=CA", "/DC=ia5:TEST/CN=CA", true},
    {"AMultiValuedRdn", "/O=Test+OU=A/CN=CA", "/O=Test+OU=A/CN=CA", true},
    {"AMultiValuedRdnTakenApart", "/O=Test+OU=A/CN=CA", "/O=Test/OU=A/CN=CA", false},
};

class NameChaining : public testing::TestWithParam<Naming> {};

TEST_P(NameChaining, ComparesNamesAsTheStandardSays) {
    Draft issuing = ca_draft(GetParam().subject, 2);
    Draft end_entity = leaf();
    end_entity.issuer = GetParam().issuer;
    const Failure failure = judge({root(), issuing, end_entity});
    EXPECT_STREQ(to_string(failure.reason), GetParam().good ? "ok" : "issuer_not_found") << failure.detail;
}

INSTANTIATE_TEST_SUITE_P(Pkits43, NameChaining, testing::ValuesIn(namings),
                         [](const auto& row) { return row.param.name; });

// ---- 4.6 path lengths
// --------------------------------------------------------------------------------------------

/// A CA: its path length, -1 for none, and whether it is issued to the name of the one above.
struct Link {
    int path_length;
    bool self_issued = false;
};

struct Lengths {
    const char* name;
    std::vector<Link> links;  ///< anchor first
    int offender;             ///< index in `links` of the one whose limit is broken, -1: the path is good
};

const Lengths lengths[] = {
    {"NoLimit", {{-1}, {-1}, {-1}, {-1}}, -1},
    {"ZeroAboveTheEndEntity", {{-1}, {0}}, -1},
    {"ZeroAboveAnIntermediate", {{-1}, {0}, {-1}}, 1},
    {"OneAboveTwoIntermediates", {{-1}, {1}, {-1}, {-1}}, 1},
    {"OneAboveOneIntermediate", {{-1}, {1}, {-1}}, -1},
    {"ALimitThatGrowsDoesNotHelp", {{-1}, {0}, {6}}, 1},
    {"ALimitThatGrowsDoesNoHarm", {{-1}, {2}, {6}}, -1},
    {"TheAnchorsLimit", {{0}, {-1}}, 0},
    {"ZeroAboveASelfIssuedIntermediate", {{-1}, {0}, {0, true}}, -1},
    {"ZeroAboveTwoSelfIssuedAndAnother", {{-1}, {0}, {-1, true}, {-1}}, 1},
    {"ASelfIssuedOneDoesNotCountBelowTheAnchor", {{1}, {-1, true}, {0}}, -1},
    {"SixIntermediatesWithFallingLimits", {{6}, {5}, {4}, {3}, {2}, {1}, {0}}, -1},
};

class PathLength : public testing::TestWithParam<Lengths> {};

TEST_P(PathLength, CountsIntermediatesThatAreNotSelfIssued) {
    std::vector<Draft> drafts;
    int number = 0;
    for (const auto& link : GetParam().links) {
        ++number;
        Draft draft = number == 1 ? root() : ca(number);
        if (link.self_issued) draft.subject = drafts.back().subject;
        if (link.path_length >= 0) {
            draft.set("basicConstraints", "critical,CA:TRUE,pathlen:" + std::to_string(link.path_length));
        }
        drafts.push_back(draft);
    }
    drafts.push_back(leaf());
    const Failure failure = judge(drafts);
    EXPECT_STREQ(to_string(failure.reason), GetParam().offender < 0 ? "ok" : "path_length") << failure.detail;
    if (GetParam().offender >= 0) {
        EXPECT_EQ(failure.depth, static_cast<int>(GetParam().links.size()) - GetParam().offender);
    }
}

INSTANTIATE_TEST_SUITE_P(Pkits46, PathLength, testing::ValuesIn(lengths),
                         [](const auto& row) { return row.param.name; });

// ---- 4.8 to 4.12 certificate policies, with the initial policy set "any"
// -------------------------------------------

/// The extensions of three certificates below the anchor: two CAs and the end entity.
struct Policies {
    const char* name;
    std::vector<std::pair<const char*, const char*>> first, second, end_entity;
    bool good;
};

constexpr const char* A = "1.3.6.1.4.1.99999.1";
constexpr const char* B = "1.3.6.1.4.1.99999.2";
constexpr const char* any = "2.5.29.32.0";
constexpr const char* cp = "certificatePolicies";
constexpr const char* pc = "policyConstraints";
constexpr const char* pm = "policyMappings";
constexpr const char* iap = "inhibitAnyPolicy";

const Policies policies[] = {
    // 4.8: nobody demands a policy
    {"NoPolicies", {}, {}, {}, true},
    {"ThatDifferAndNobodyCares", {{cp, A}}, {{cp, B}}, {{cp, A}}, true},
    // 4.9: requireExplicitPolicy
    {"RequiredAndHeld", {{cp, A}, {pc, "critical,requireExplicitPolicy:0"}}, {{cp, A}}, {{cp, A}}, true},
    {"RequiredAndMissingInTheEndEntity",
     {{cp, A}, {pc, "critical,requireExplicitPolicy:0"}},
     {{cp, A}},
     {},
     false},
    {"RequiredAndMissingInBetween",
     {{cp, A}, {pc, "critical,requireExplicitPolicy:0"}},
     {},
     {{cp, A}},
     false},
    {"RequiredAndAnother", {{cp, A}, {pc, "critical,requireExplicitPolicy:0"}}, {{cp, A}}, {{cp, B}}, false},
    {"RequiredOnlyFurtherDown", {{pc, "critical,requireExplicitPolicy:10"}}, {}, {}, true},
    {"RequiredFromTheEndEntityOn", {{cp, A}}, {{pc, "critical,requireExplicitPolicy:0"}}, {}, false},
    {"RequiredAndAnyPolicy",
     {{cp, any}, {pc, "critical,requireExplicitPolicy:0"}},
     {{cp, any}},
     {{cp, A}},
     true},
    // 4.10: mappings
    {"Mapped",
     {{cp, A}, {pc, "critical,requireExplicitPolicy:0"}, {pm, "1.3.6.1.4.1.99999.1:1.3.6.1.4.1.99999.2"}},
     {{cp, B}},
     {{cp, B}},
     true},
    {"MappedButTheOldIsUsed",
     {{cp, A}, {pc, "critical,requireExplicitPolicy:0"}, {pm, "1.3.6.1.4.1.99999.1:1.3.6.1.4.1.99999.2"}},
     {{cp, A}},
     {{cp, A}},
     false},
    {"MappedToAnyPolicy", {{cp, A}, {pm, "1.3.6.1.4.1.99999.1:2.5.29.32.0"}}, {{cp, A}}, {{cp, A}}, false},
    // 4.11: inhibitPolicyMapping
    {"MappedWhereThatIsInhibited",
     {{cp, A}, {pc, "critical,requireExplicitPolicy:0,inhibitPolicyMapping:0"}},
     {{cp, A}, {pm, "1.3.6.1.4.1.99999.1:1.3.6.1.4.1.99999.2"}},
     {{cp, B}},
     false},
    // 4.12: inhibitAnyPolicy
    {"AnyPolicyWhereThatIsInhibited",
     {{cp, A}, {pc, "critical,requireExplicitPolicy:0"}, {iap, "critical,0"}},
     {{cp, any}},
     {{cp, A}},
     false},
    {"AnyPolicyInhibitedLater",
     {{cp, A}, {pc, "critical,requireExplicitPolicy:0"}, {iap, "critical,1"}},
     {{cp, any}},
     {{cp, A}},
     true},
    {"APolicyTwice", {{cp, "1.3.6.1.4.1.99999.1,1.3.6.1.4.1.99999.1"}}, {}, {}, false},
};

class CertificatePolicies : public testing::TestWithParam<Policies> {};

TEST_P(CertificatePolicies, AreProcessed) {
    std::vector<Draft> drafts = {root(), ca(2), ca(3), leaf()};
    const std::vector<std::pair<const char*, const char*>>* extensions[] = {
        &GetParam().first, &GetParam().second, &GetParam().end_entity};
    for (std::size_t i = 0; i < 3; ++i) {
        for (const auto& [name, value] : *extensions[i])
            drafts[i + 1].add(name, value);
    }
    const Failure failure = judge(drafts);
    EXPECT_STREQ(to_string(failure.reason), GetParam().good ? "ok" : "policy") << failure.detail;
}

INSTANTIATE_TEST_SUITE_P(Pkits48To412, CertificatePolicies, testing::ValuesIn(policies),
                         [](const auto& row) { return row.param.name; });

// ---- 4.1, 4.2: signatures and validity in every place
// --------------------------------------------------------------

TEST(PathValidation, RefusesAForgedSignatureInEveryPlaceBelowTheAnchor) {
    for (std::size_t place = 1; place <= 3; ++place) {
        std::vector<Draft> drafts = {root(), ca(2), ca(3), leaf()};
        drafts[place].tamper = [](Bytes& der) { der.back() ^= 1; };
        const Failure failure = judge(drafts);
        EXPECT_STREQ(to_string(failure.reason), "bad_signature") << place;
        EXPECT_EQ(failure.depth, static_cast<int>(3 - place));
    }
}

TEST(PathValidation, RefusesASignatureByAnotherKeyOfTheSameName) {
    const Forged anchor = forge(root());
    const Forged issuing = forge(ca(2), &anchor);
    const Forged impostor = forge(ca_draft("/O=Test/CN=CA 2", 9), &anchor);
    VerifyRequest request;
    request.at = noon();
    const auto end_entity = forge(leaf(), &impostor).certificate;
    EXPECT_EQ(judge_path({end_entity, issuing.certificate, anchor.certificate}, request).failure.reason,
              bad_signature);
}

TEST(PathValidation, DoesNotCareForTheSignatureOfAnAnchor) {
    Draft anchor = root();
    anchor.tamper = [](Bytes& der) { der.back() ^= 1; };
    EXPECT_EQ(judge({anchor, ca(2), leaf()}).reason, ok);
}

TEST(PathValidation, ReadsYearsOfTwoAndFourDigits) {
    using namespace std::chrono;
    Draft end_entity = leaf();
    end_entity.not_before = sys_days{year{1950} / 1 / 1};  // UTCTime's first year
    end_entity.not_after = sys_days{year{2050} / 1 / 1};   // the first GeneralizedTime
    EXPECT_EQ(judge({root(), ca(2), end_entity}).reason, ok);
}

TEST(PathValidation, MixesKindsOfKeys) {
    Draft anchor = root();
    Draft issuing = ca(2);
    Draft end_entity = leaf();
    anchor.key = forged_key(KeyKind::rsa2048);
    issuing.key = forged_key(KeyKind::p384);
    end_entity.key = forged_key(KeyKind::ed25519);
    EXPECT_EQ(judge({anchor, issuing, end_entity}).reason, ok);
    anchor.key = forged_key(KeyKind::ed25519);
    EXPECT_EQ(judge({anchor, issuing, end_entity}).reason, ok);
}

}  // namespace
}  // namespace chainmend::test
