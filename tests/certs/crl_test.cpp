// Revocation lists, in the manner of NIST's PKITS sections 4.4, 4.5, 4.14 and 4.15.
//
//     root -> ca -> leaf, with a CRL of the root for the ca and one of the ca for the leaf
#include "certs/crl.h"

#include <gtest/gtest.h>

#include "tests/certs/revocable_chain.h"

namespace chainmend::test {
namespace {

using namespace certs;
using enum Reason;
using std::chrono::days;
using std::chrono::seconds;

class Revocation : public RevocableChain {};

TEST_F(Revocation, IsNotAskedForWithoutLists) {
    EXPECT_EQ(judge({}).reason, ok);
}

TEST_F(Revocation, ListsForEveryCertificateBelowTheAnchorAreEnough) {
    for (const Profile profile : {Profile::compat, Profile::default_, Profile::webpki}) {
        EXPECT_EQ(judge({root_crl(), ca_crl()}, profile).reason, ok) << judge({root_crl(), ca_crl()}).detail;
    }
}

TEST_F(Revocation, OfTheEndEntityIsSeen) {
    CrlDraft draft;
    draft.revoked = {"01", "1EAF"};
    const Failure failure = judge({root_crl(), ca_crl(draft)});
    EXPECT_EQ(failure.reason, revoked);
    EXPECT_EQ(failure.depth, 0);
}

TEST_F(Revocation, OfAnIntermediateIsSeen) {
    CrlDraft draft;
    draft.revoked = {"CA01"};
    const Failure failure = judge({root_crl(draft), ca_crl()});
    EXPECT_EQ(failure.reason, revoked);
    EXPECT_EQ(failure.depth, 1);
}

TEST_F(Revocation, OfTheSameNumberByAnotherIssuerDoesNotMatter) {
    CrlDraft draft;
    draft.revoked = {"1EAF"};
    EXPECT_EQ(judge({root_crl(draft), ca_crl()}).reason, ok);
}

TEST_F(Revocation, IsUnknownWhenAListIsMissing) {
    EXPECT_EQ(judge({root_crl()}).reason, revocation_unknown);
    EXPECT_EQ(judge({root_crl()}).depth, 0);
    EXPECT_EQ(judge({ca_crl()}).reason, revocation_unknown);
    EXPECT_EQ(judge({ca_crl()}).depth, 1);
}

struct Unusable {
    const char* name;
    void (*bend)(CrlDraft&);
};

const Unusable unusable[] = {
    {"OutOfDate", [](CrlDraft& d) { d.next_update = noon() - seconds{1}; }},
    {"FromTheFuture", [](CrlDraft& d) { d.this_update = noon() + seconds{1}; }},
    {"WithoutAnEnd", [](CrlDraft& d) { d.has_next_update = false; }},
    {"WithoutANumber", [](CrlDraft& d) { d.extensions.clear(); }},
    {"WithACriticalNumber",
     [](CrlDraft& d) {
         d.extensions = {{"crlNumber", "critical,DER:020101"}};
     }},
    {"WithAnUnknownCriticalExtension",
     [](CrlDraft& d) { d.extensions.emplace_back("1.2.3.4", "critical,DER:0500"); }},
    {"SignedByAnotherKey", [](CrlDraft& d) { d.key = forged_key(KeyKind::p256, 77); }},
    {"SignedWithSha1", [](CrlDraft& d) { d.digest = "SHA1"; }},
    {"OfAnotherIssuer", [](CrlDraft& d) { d.issuer = "/O=Test/CN=Other"; }},
    {"ForCaCertificatesOnly",
     [](CrlDraft& d) { d.extensions.emplace_back("issuingDistributionPoint", "critical,DER:30038201ff"); }},
    {"ForAttributeCertificatesOnly",
     [](CrlDraft& d) { d.extensions.emplace_back("issuingDistributionPoint", "critical,DER:30038501ff"); }},
    {"ForSomeReasonsOnly",
     [](CrlDraft& d) { d.extensions.emplace_back("issuingDistributionPoint", "critical,DER:3004830205a0"); }},
    {"ADeltaWithoutItsBase",
     [](CrlDraft& d) { d.extensions.emplace_back("deltaCRL", "critical,DER:020101"); }},
};

class UnusableCrl : public Revocation, public testing::WithParamInterface<Unusable> {};

TEST_P(UnusableCrl, IsAsGoodAsNone) {
    CrlDraft draft;
    GetParam().bend(draft);
    const Failure failure = judge({root_crl(), ca_crl(draft)});
    EXPECT_STREQ(to_string(failure.reason), "revocation_unknown") << failure.detail;
    EXPECT_EQ(failure.depth, 0);
}

INSTANTIATE_TEST_SUITE_P(Every, UnusableCrl, testing::ValuesIn(unusable),
                         [](const auto& row) { return row.param.name; });

// Without a number or an end a list is no proof that others are good; what it lists is revoked all the same.
TEST_F(Revocation, ByAListThatMayNotAcquitCounts) {
    for (const bool has_number : {true, false}) {
        CrlDraft draft;
        draft.revoked = {"1EAF"};
        if (!has_number) draft.extensions.clear();
        if (has_number) draft.has_next_update = false;
        EXPECT_EQ(judge({root_crl(), ca_crl(draft)}).reason, revoked);
        // A newer one that may acquit has the last word, an older one has not.
        CrlDraft other;
        other.this_update = draft.this_update + seconds{1};
        EXPECT_EQ(judge({root_crl(), ca_crl(draft), ca_crl(other)}).reason, ok);
        other.this_update = draft.this_update - seconds{1};
        EXPECT_EQ(judge({root_crl(), ca_crl(draft), ca_crl(other)}).reason, revoked);
        draft.key = forged_key(KeyKind::p256, 77);
        EXPECT_EQ(judge({root_crl(), ca_crl(draft)}).reason, revocation_unknown);
    }
}

TEST_F(Revocation, ByAListForUserCertificatesOnlyCoversTheEndEntity) {
    CrlDraft draft;
    draft.extensions.emplace_back("issuingDistributionPoint", "critical,DER:30038101ff");
    EXPECT_EQ(judge({root_crl(), ca_crl(draft)}).reason, ok);
    EXPECT_EQ(judge({root_crl(draft), ca_crl()}).reason, revocation_unknown);
}

TEST_F(Revocation, ByADeltaIsSeen) {
    CrlDraft delta;
    delta.extensions = {{"crlNumber", "DER:020102"}, {"deltaCRL", "critical,DER:020101"}};
    delta.revoked = {"1EAF"};
    leaf_draft_.add("freshestCRL", "URI:http://crl.test/delta");
    issue();
    EXPECT_EQ(judge({root_crl(), ca_crl(), ca_crl(delta)}).reason, revoked);
    delta.revoked.clear();
    EXPECT_EQ(judge({root_crl(), ca_crl(), ca_crl(delta)}).reason, ok);
}

// What no list can be combined with is the issuer's word all the same, if it is his, timely and understood.
TEST_F(Revocation, ByADeltaWithoutAListToCombineItWithIsSeen) {
    CrlDraft delta;
    delta.extensions = {{"deltaCRL", "critical,DER:020105"}};
    delta.revoked = {"1EAF"};
    EXPECT_EQ(judge({root_crl(), ca_crl(), ca_crl(delta)}).reason, revoked);
    CrlDraft forged = delta;
    forged.key = forged_key(KeyKind::p256, 77);
    EXPECT_EQ(judge({root_crl(), ca_crl(), ca_crl(forged)}).reason, ok);
    CrlDraft old = delta;
    old.next_update = noon() - seconds{1};
    EXPECT_EQ(judge({root_crl(), ca_crl(), ca_crl(old)}).reason, ok);
    CrlDraft later;  // a list that came out after the delta has the last word
    later.this_update = delta.this_update + seconds{1};
    EXPECT_EQ(judge({root_crl(), ca_crl(later), ca_crl(delta)}).reason, ok);
    delta.extensions.emplace_back("1.2.3.4", "critical,DER:0500");
    EXPECT_EQ(judge({root_crl(), ca_crl(), ca_crl(delta)}).reason, revocation_unknown);
}

TEST_F(Revocation, OfTwoListsOfTheSameSecondTheHigherNumberCounts) {
    CrlDraft first, second;
    second.extensions = {{"crlNumber", "DER:020102"}};
    second.revoked = {"1EAF"};
    EXPECT_EQ(judge({root_crl(), ca_crl(first), ca_crl(second)}).reason, revoked);
    EXPECT_EQ(judge({root_crl(), ca_crl(second), ca_crl(first)}).reason, revoked);
    std::swap(first.revoked, second.revoked);  // released meanwhile
    EXPECT_EQ(judge({root_crl(), ca_crl(first), ca_crl(second)}).reason, ok);
    EXPECT_EQ(judge({root_crl(), ca_crl(second), ca_crl(first)}).reason, ok);
}

TEST_F(Revocation, NeedsAnIssuerThatMaySignLists) {
    ca_draft_.set("keyUsage", "critical,keyCertSign");
    issue();
    EXPECT_EQ(judge({root_crl(), ca_crl()}).reason, revocation_unknown);
    ca_draft_.drop("keyUsage");
    issue();
    EXPECT_EQ(judge({root_crl(), ca_crl()}).reason, ok);
}

// PKITS 4.5: the CA signs its lists with a key of their own, certified under the same name.
TEST_F(Revocation, AcceptsAListSignedWithASeparateKeyOnceThatKeyIsVerified) {
    Draft separate = ca_draft("/O=Test/CN=CA", 5);
    separate.set("basicConstraints", "critical,CA:FALSE").set("keyUsage", "critical,cRLSign");
    separate.serial_hex = "CA05";
    const Forged crl_key = forge(separate, &root_);
    CrlDraft draft;
    draft.key = crl_key.key;
    draft.extensions.emplace_back("authorityKeyIdentifier", "keyid");
    const CrlPtr list = forge_crl(draft, crl_key);
    EXPECT_EQ(judge({root_crl(), list}).reason, revocation_unknown);
    crl_issuers_ = {crl_key.certificate};
    EXPECT_EQ(judge({root_crl(), list}).reason, ok) << judge({root_crl(), list}).detail;
}

// PKITS 4.4.21: the separate key for lists may itself have been revoked. Then its lists acquit nobody; while
// it is not known to be good they may revoke.
TEST_F(Revocation, NeedsToKnowOfASeparateKeyForListsThatItIsGood) {
    Draft separate = ca_draft("/O=Test/CN=CA", 5);
    separate.set("basicConstraints", "critical,CA:FALSE").set("keyUsage", "critical,cRLSign");
    separate.serial_hex = "CA05";
    const Forged crl_key = forge(separate, &root_);
    crl_issuers_ = {crl_key.certificate};
    CrlDraft draft;
    draft.key = crl_key.key;
    draft.extensions.emplace_back("authorityKeyIdentifier", "keyid");
    const CrlPtr list = forge_crl(draft, crl_key);
    draft.revoked = {"1EAF"};
    const CrlPtr revoking = forge_crl(draft, crl_key);
    CrlDraft of_root;
    of_root.revoked = {"CA05"};
    EXPECT_EQ(judge({root_crl(of_root), list}).reason, revocation_unknown);
    EXPECT_EQ(judge({root_crl(of_root), revoking}).reason, revocation_unknown);
    EXPECT_EQ(judge({root_crl(), revoking}).reason, revoked);
    EXPECT_EQ(judge({list}).depth, 0);
    EXPECT_EQ(judge({revoking}).reason, revoked);
}

TEST_F(Revocation, DoesNotAcceptAListSignedWithAKeyThatNobodyCertified) {
    const Forged impostor = forge(root_draft("/O=Test/CN=CA", 6));
    crl_issuers_ = {impostor.certificate};
    EXPECT_EQ(judge({root_crl(), forge_crl({}, impostor)}).reason, revocation_unknown);
}

TEST_F(Revocation, NeedsNoListForAnAnchorThatIsNotSelfSigned) {
    VerifyRequest request;
    request.at = noon();
    request.crls = {ca_crl()};
    const auto judgement = judge_path({leaf_.certificate, ca_.certificate}, request);
    EXPECT_TRUE(judgement.ok()) << judgement.failure.detail;
}

TEST(Crls, AreReadFromDerAndNotFromRubbish) {
    EXPECT_FALSE(read_crls({}).ok());
    EXPECT_FALSE(read_crls(as_bytes("no list at all")).ok());
    EXPECT_FALSE(read_crls(as_bytes("0\x03\x02\x01\x01")).ok());
    EXPECT_FALSE(read_crls(as_bytes("-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----\n")).ok());
}

}  // namespace
}  // namespace chainmend::test
