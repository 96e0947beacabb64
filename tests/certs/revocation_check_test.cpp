// What is made of staples, OCSP responses and revocation lists in each mode.
//
//     Root  <-  CA  <-  leaf.test

#include "certs/revocation_check.h"

#include <gtest/gtest.h>

#include "tests/support/path_building.h"
#include "tests/support/revocation.h"

namespace chainmend::certs {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using test::forge_response;
using test::Identity;
using test::noon;
using test::ResponseDraft;
using enum RevocationMode;

class RevocationChecks : public ::testing::Test {
  protected:
    Verdict accepted(const Identity& end_entity, std::vector<ExceptionPtr> exceptions = {}) {
        test::PathBuilding building;
        building.trust({root}).sent(std::vector<Identity>{end_entity, ca}).for_host("leaf.test");
        building.request.exceptions = std::move(exceptions);
        auto verdict = building.verdict();
        EXPECT_TRUE(verdict.accepted()) << verdict.failure.detail;
        return verdict;
    }

    /// With a staple and nobody else to ask.
    Verdict stapled(RevocationMode mode, Bytes staple, const Identity& end_entity) {
        RevocationOptions options;
        options.mode = mode;
        options.staple = std::move(staple);
        RevocationCheck check(accepted(end_entity), options);
        while (const auto question = check.next())
            check.give_up(question->depth, "nobody answered");
        return std::move(check).verdict();
    }
    Verdict stapled(RevocationMode mode, Bytes staple) { return stapled(mode, std::move(staple), leaf); }

    Bytes response(ResponseDraft::Status status) {
        ResponseDraft draft;
        draft.status = status;
        return forge_response(*leaf.certificate(), ca, draft);
    }
    CrlPtr list(const Identity& issuer, std::vector<std::string> serials = {},
                std::vector<std::pair<std::string, std::string>> more = {}) {
        test::CrlDraft draft;
        draft.revoked = std::move(serials);
        for (auto& extension : more)
            draft.extensions.push_back(std::move(extension));
        return test::forge_crl(draft, test::as_forged(issuer));
    }
    /// Everything is known from these lists, or nothing is.
    Verdict listed(RevocationMode mode, std::vector<CrlPtr> crls) {
        RevocationOptions options;
        options.mode = mode;
        options.crls.assign(crls.begin(), crls.end());
        RevocationCheck check(accepted(leaf), options);
        while (const auto question = check.next())
            check.give_up(question->depth, "");
        return std::move(check).verdict();
    }
    Identity must_staple() {
        test::CertificateSpec spec;
        spec.extensions = {{"tlsfeature", "status_request"}};
        return ca.leaf("leaf.test", spec);
    }
    static bool warns(const Verdict& verdict, const std::string& code) {
        return std::any_of(verdict.warnings.begin(), verdict.warnings.end(),
                           [&](const Warning& warning) { return warning.code == code; });
    }

    Identity root = Identity::root("Root");
    Identity ca = root.intermediate("CA");
    Identity leaf = ca.leaf("leaf.test");
};

TEST_F(RevocationChecks, AStapledRevokedIsRefusedInEveryModeButOff) {
    const auto revoked = response(ResponseDraft::Status::revoked);
    for (const auto mode : {RevocationMode::stapled, soft, hard}) {
        const auto verdict = stapled(mode, revoked);
        EXPECT_EQ(verdict.failure.reason, Reason::revoked) << to_string(mode);
        EXPECT_FALSE(verdict.accepted());
        EXPECT_FALSE(verdict.how);
    }
    const auto verdict = stapled(off, revoked);
    EXPECT_TRUE(verdict.accepted());
    EXPECT_TRUE(verdict.revocation.findings.empty());
}

TEST_F(RevocationChecks, AGoodStapleIsKnownWithItsAgeAndUntilItEnds) {
    const auto verdict = stapled(RevocationMode::stapled, response(ResponseDraft::Status::good));
    ASSERT_TRUE(verdict.accepted());
    const auto& finding = verdict.revocation.findings.at(0);
    EXPECT_EQ(finding.status, RevocationStatus::good);
    EXPECT_EQ(finding.source, RevocationSource::staple);
    EXPECT_EQ(finding.this_update, noon() - hours{1});
    EXPECT_EQ(verdict.revocation.recheck_at, noon() + hours{24} + seconds{1});
    EXPECT_TRUE(verdict.warnings.empty());
}

TEST_F(RevocationChecks, WhatTheStricterModeWouldSayIsTold) {
    const auto verdict = stapled(RevocationMode::stapled, response(ResponseDraft::Status::good));
    EXPECT_EQ(verdict.revocation.in_hard_mode, Reason::revocation_unknown);  // of the CA nothing is known
    EXPECT_EQ(listed(soft, {list(root), list(ca)}).revocation.in_hard_mode, Reason::ok);
}

TEST_F(RevocationChecks, AStapleThatIsNoUseIsAWarningAndInHardModeARefusal) {
    ResponseDraft stale;
    stale.next_update = noon() - seconds{1};
    ResponseDraft forged;
    forged.break_signature = true;
    const auto other = ca.leaf("leaf.test");
    for (const auto& staple :
         {forge_response(*leaf.certificate(), ca, stale), forge_response(*leaf.certificate(), ca, forged),
          forge_response(*other.certificate(), ca), Bytes{1, 2, 3},
          response(ResponseDraft::Status::unknown)}) {
        const auto lax = stapled(RevocationMode::stapled, staple);
        EXPECT_TRUE(lax.accepted());
        EXPECT_TRUE(warns(lax, "revocation_unknown"));
        EXPECT_TRUE(stapled(soft, staple).accepted());
        EXPECT_EQ(stapled(hard, staple).failure.reason, Reason::revocation_unknown);
    }
}

TEST_F(RevocationChecks, APromisedStapleMustComeAndBeGood) {
    const auto end_entity = must_staple();
    ResponseDraft old;
    old.next_update = noon() - seconds{1};
    ResponseDraft forged;
    forged.break_signature = true;
    for (const auto mode : {RevocationMode::stapled, soft, hard}) {
        EXPECT_EQ(stapled(mode, {}, end_entity).failure.reason, Reason::staple_required) << to_string(mode);
        for (const auto& staple : {forge_response(*end_entity.certificate(), ca, old),
                                   forge_response(*end_entity.certificate(), ca, forged),
                                   forge_response(*leaf.certificate(), ca)}) {
            EXPECT_EQ(stapled(mode, staple, end_entity).failure.reason, Reason::staple_required);
        }
    }
    EXPECT_TRUE(stapled(off, {}, end_entity).accepted());
    const auto good =
        stapled(RevocationMode::stapled, forge_response(*end_entity.certificate(), ca), end_entity);
    EXPECT_TRUE(good.accepted()) << good.failure.detail;
    EXPECT_TRUE(good.revocation.staple_required);
}

TEST_F(RevocationChecks, ACaMayPromiseTheStapleForThoseBelowIt) {
    test::CertificateSpec spec;
    spec.extensions = {{"tlsfeature", "status_request"}};
    ca = root.intermediate("CA", spec);
    leaf = ca.leaf("leaf.test");
    EXPECT_EQ(stapled(RevocationMode::stapled, {}).failure.reason, Reason::staple_required);
    EXPECT_TRUE(stapled(RevocationMode::stapled, response(ResponseDraft::Status::good)).accepted());
}

TEST_F(RevocationChecks, ListsTellOfTheLeafAndOfIntermediates) {
    EXPECT_TRUE(listed(hard, {list(root), list(ca)}).accepted())
        << listed(hard, {list(root), list(ca)}).failure.detail;
    const auto leaf_revoked = listed(soft, {list(root), list(ca, {leaf.certificate()->serial()})});
    EXPECT_EQ(leaf_revoked.failure.reason, Reason::revoked);
    EXPECT_EQ(leaf_revoked.failure.depth, 0);
    const auto ca_revoked = listed(soft, {list(root, {ca.certificate()->serial()}), list(ca)});
    EXPECT_EQ(ca_revoked.failure.reason, Reason::revoked);
    EXPECT_EQ(ca_revoked.failure.depth, 1);
}

// A stranger's list that has long ended, and an older one of the CA itself, say nothing about how long the
// others hold.
TEST_F(RevocationChecks, AFindingTellsOfTheListThatCoversTheCertificateAndOfNoOther) {
    test::CrlDraft stale;
    stale.this_update = noon() - hours{72};
    stale.next_update = noon() - hours{48};
    test::CrlDraft fresh;
    fresh.this_update = noon() - hours{2};
    fresh.next_update = noon() + hours{5};
    RevocationOptions options;
    options.mode = hard;
    const auto stranger = Identity::root("Stranger");
    options.crls = {{forge_crl(stale, test::as_forged(stranger)), "stranger.crl"},
                    {forge_crl(stale, test::as_forged(ca)), "old.crl"},
                    {forge_crl(fresh, test::as_forged(ca)), "ca.crl"},
                    {list(root), "root.crl"}};
    RevocationCheck check(accepted(leaf), options);
    EXPECT_FALSE(check.next());
    const auto verdict = std::move(check).verdict();
    ASSERT_TRUE(verdict.accepted()) << verdict.failure.detail;
    const auto& finding = verdict.revocation.findings[0];
    EXPECT_EQ(finding.origin, "ca.crl");
    EXPECT_EQ(finding.this_update, noon() - hours{2});
    EXPECT_EQ(finding.next_update, noon() + hours{5});
    EXPECT_EQ(verdict.revocation.findings[1].origin, "root.crl");
    EXPECT_EQ(verdict.revocation.recheck_at, noon() + hours{5} + seconds{1});
}

TEST_F(RevocationChecks, AListThatRevokesCountsThoughTheStapleSaysGood) {
    for (const auto mode : {soft, hard}) {
        RevocationOptions options;
        options.mode = mode;
        options.staple = response(ResponseDraft::Status::good);
        options.crls = {list(root), list(ca, {leaf.certificate()->serial()})};
        EXPECT_EQ(RevocationCheck(accepted(leaf), options).verdict().failure.reason, Reason::revoked);
    }
}

TEST_F(RevocationChecks, InStapledModeListsTellWhatHardModeWouldSay) {
    const auto revoked = listed(RevocationMode::stapled, {list(ca, {leaf.certificate()->serial()})});
    EXPECT_TRUE(revoked.accepted());
    EXPECT_EQ(revoked.revocation.in_hard_mode, Reason::revoked);
    EXPECT_EQ(revoked.revocation.findings[0].source, RevocationSource::none);
    const auto good = listed(RevocationMode::stapled, {list(root), list(ca)});
    EXPECT_EQ(good.revocation.in_hard_mode, Reason::ok);
}

// Whatever else is asked afterwards: why the staple is no use is the staple's fault.
TEST_F(RevocationChecks, WhyAPromisedStapleIsNoUseIsToldWhateverTheListsSay) {
    leaf = must_staple();
    ResponseDraft old;
    old.next_update = noon() - seconds{1};
    for (const auto& crls : {std::vector{list(root)}, std::vector{list(root), list(ca)}}) {
        RevocationOptions options;
        options.mode = soft;
        options.crls.assign(crls.begin(), crls.end());
        options.staple = forge_response(*leaf.certificate(), ca, old);
        const auto verdict = RevocationCheck(accepted(leaf), options).verdict();
        EXPECT_EQ(verdict.failure.reason, Reason::staple_required);
        EXPECT_NE(verdict.failure.detail.find("the OCSP response is out of date"), std::string::npos)
            << verdict.failure.detail;
        EXPECT_NE(verdict.revocation.staple_detail.find("out of date"), std::string::npos);
    }
}

TEST_F(RevocationChecks, AMissingListIsUnknown) {
    EXPECT_TRUE(listed(soft, {list(ca)}).accepted());
    const auto verdict = listed(hard, {list(ca)});
    EXPECT_EQ(verdict.failure.reason, Reason::revocation_unknown);
    EXPECT_EQ(verdict.failure.depth, 1);
}

// A delta list without its base, an indirect list whose issuer is unknown, a list for other certificates, and
// one with a critical extension that nobody knows: each would acquit if it were taken for a plain one.
TEST_F(RevocationChecks, ListsThatCanNotBeReliedOnAreUnknownAndNeverIgnored) {
    const std::vector<std::pair<std::string, std::string>> bad{
        {"2.5.29.27", "critical,DER:020101"},      // deltaCRLIndicator
        {"2.5.29.28", "critical,DER:30038401FF"},  // IDP, indirectCRL
        {"2.5.29.28", "critical,DER:30038201FF"},  // IDP, onlyContainsCACerts
        {"2.5.29.28", "critical,DER:30038501FF"},  // IDP, onlyContainsAttributeCerts
        {"1.2.3.4.5", "critical,DER:0500"}};
    for (const auto& extension : bad) {
        const auto verdict = listed(hard, {list(root), list(ca, {}, {extension})});
        if (extension.second == "critical,DER:30038401FF") {
            // An indirect list by the certificate's own issuer is about its own certificates as well.
            EXPECT_TRUE(verdict.accepted());
            continue;
        }
        EXPECT_EQ(verdict.failure.reason, Reason::revocation_unknown)
            << extension.first << " " << extension.second;
    }
}

TEST_F(RevocationChecks, OcspIsAskedForWhatIsNotKnownAndListsWinWhenTheyAreThere) {
    RevocationOptions options;
    options.mode = hard;
    options.crls = {list(root)};
    RevocationCheck check(accepted(leaf), options);
    const auto question = check.next();
    ASSERT_TRUE(question);
    EXPECT_EQ(question->depth, 0);
    EXPECT_EQ(question->issuer, ca.certificate());
    EXPECT_FALSE(check.consider(0, {RevocationSource::ocsp, "http://a.test/", Bytes{1}}));
    EXPECT_TRUE(
        check.consider(0, {RevocationSource::ocsp, "http://b.test/", response(ResponseDraft::Status::good)}));
    EXPECT_FALSE(check.next());
    const auto verdict = std::move(check).verdict();
    EXPECT_TRUE(verdict.accepted());
    EXPECT_EQ(verdict.revocation.findings[0].origin, "http://b.test/");
    EXPECT_EQ(verdict.revocation.findings[1].source, RevocationSource::crl);
}

TEST_F(RevocationChecks, NobodyIsAskedMoreOnceOneIsRevoked) {
    RevocationOptions options;
    options.mode = soft;
    RevocationCheck check(accepted(leaf), options);
    ASSERT_TRUE(check.next());
    EXPECT_TRUE(check.consider(0, {RevocationSource::ocsp, "", response(ResponseDraft::Status::revoked)}));
    EXPECT_FALSE(check.next());
    EXPECT_EQ(std::move(check).verdict().failure.reason, Reason::revoked);
}

TEST_F(RevocationChecks, QuestionsAreAnsweredInAnyOrder) {
    RevocationOptions options;
    options.mode = hard;
    RevocationCheck check(accepted(leaf), options);
    ASSERT_EQ(check.next()->depth, 0);
    ASSERT_EQ(check.next()->depth, 1);
    EXPECT_FALSE(check.next());
    EXPECT_TRUE(check.consider(1, {RevocationSource::crl, "http://root.test/", {}, {}, {list(root)}}));
    EXPECT_FALSE(check.is_over());
    EXPECT_TRUE(check.consider(0, {RevocationSource::crl, "http://ca.test/", {}, {}, {list(ca)}}));
    const auto verdict = std::move(check).verdict();
    EXPECT_TRUE(verdict.accepted()) << verdict.failure.detail;
    EXPECT_EQ(verdict.revocation.findings[1].origin, "http://root.test/");
}

TEST_F(RevocationChecks, StapledModeAsksNobody) {
    RevocationOptions options;
    options.mode = RevocationMode::stapled;
    RevocationCheck check(accepted(leaf), options);
    EXPECT_FALSE(check.next());
}

TEST_F(RevocationChecks, ACertificateWithoutRevocationInformationNeedsNone) {
    test::CertificateSpec spec;
    spec.extensions = {{"2.5.29.56", "DER:0500"}};  // noRevAvail, RFC 9608
    leaf = ca.leaf("leaf.test", spec);
    EXPECT_TRUE(listed(hard, {list(root)}).accepted());
}

TEST_F(RevocationChecks, AnExceptionMayForgiveNotKnowingAndNeverRevocation) {
    const auto exception = std::make_shared<const Exception>(Exception{"leaf.test",
                                                                       leaf.certificate()->spki_sha256(),
                                                                       "no responder",
                                                                       "ops",
                                                                       noon() + hours{24},
                                                                       {Reason::revocation_unknown}});
    const auto judged = [&](Bytes staple) {
        RevocationOptions options;
        options.mode = hard;
        options.staple = std::move(staple);
        RevocationCheck check(accepted(leaf, {exception}), options);
        while (const auto question = check.next())
            check.give_up(question->depth, "nobody answered");
        return std::move(check).verdict();
    };
    const auto verdict = judged({});
    EXPECT_TRUE(verdict.accepted());
    EXPECT_EQ(verdict.how, How::by_exception);
    EXPECT_EQ(verdict.exception->forgave, std::vector<Reason>{Reason::revocation_unknown});
    EXPECT_EQ(judged(response(ResponseDraft::Status::revoked)).failure.reason, Reason::revoked);
}

}  // namespace
}  // namespace chainmend::certs
