// Pins, limits of anchors and exceptions.
//
//     Root  <-  CA  <-  leaf.test

#include <gtest/gtest.h>

#include "config/forgivable_reasons.h"
#include "config/sha256_text.h"
#include "tests/support/path_building.h"

namespace chainmend::certs {
namespace {

using std::chrono::days;
using test::CertificateSpec;
using test::Identity;
using test::noon;

class PolicyRules : public ::testing::Test {
  protected:
    /// `end_entity` and the CA are sent, for leaf.test.
    struct Sending : test::PathBuilding {
        Sending(const PolicyRules& rules, const Identity& end_entity) {
            trust({rules.root}).sent(std::vector<Identity>{end_entity, rules.ca}).for_host("leaf.test");
        }
    };
    static std::shared_ptr<const PinSet> pins(std::vector<Sha256> main, std::vector<Sha256> backups = {},
                                              bool report_only = false) {
        return std::make_shared<const PinSet>(PinSet{std::move(main), std::move(backups), report_only});
    }
    static ExceptionPtr exception(const Identity& end_entity, std::set<Reason> forgives,
                                  Time expires = noon() + days{30}) {
        return std::make_shared<const Exception>(
            Exception{"leaf.test", end_entity.certificate()->spki_sha256(), "the box can not be updated",
                      "ops", expires, std::move(forgives)});
    }
    Identity expired(const std::string& name = "leaf.test") {
        CertificateSpec spec;
        spec.not_before = noon() - days{100};
        spec.not_after = noon() - days{10};
        return ca.leaf(name, spec);
    }
    static bool warns(const Verdict& verdict, const std::string& code) {
        return std::any_of(verdict.warnings.begin(), verdict.warnings.end(),
                           [&](const Warning& warning) { return warning.code == code; });
    }

    Identity root = Identity::root("Root");
    Identity ca = root.intermediate("CA");
    Identity leaf = ca.leaf("leaf.test");
    const Sha256 nobody{1, 2, 3};
};

using Pins = PolicyRules;

TEST_F(Pins, AreMetByAnyKeyOnThePath) {
    for (const Identity* pinned : {&leaf, &ca, &root}) {
        Sending building(*this, leaf);
        building.request.pins = pins({nobody, pinned->certificate()->spki_sha256()});
        const auto verdict = building.verdict();
        EXPECT_TRUE(verdict.accepted()) << verdict.failure.detail;
        EXPECT_TRUE(verdict.warnings.empty());
    }
}

TEST_F(Pins, RefuseAPathWithoutAnyAndTellTheKeysSeen) {
    Sending building(*this, leaf);
    building.request.pins = pins({nobody});
    const auto verdict = building.verdict();
    ASSERT_FALSE(verdict.accepted());
    EXPECT_EQ(verdict.failure.reason, Reason::pin_mismatch);
    for (const Identity* seen : {&leaf, &ca, &root}) {
        EXPECT_NE(verdict.failure.detail.find(to_base64(seen->certificate()->spki_sha256())),
                  std::string::npos)
            << verdict.failure.detail;
    }
}

TEST_F(Pins, AreNotMetByACertificateThatWasSentAndIsNotOnThePath) {
    const auto stranger = Identity::root("Stranger");
    Sending building(*this, leaf);
    building.sent(std::vector<Identity>{leaf, ca, stranger});
    building.request.pins = pins({stranger.certificate()->spki_sha256()});
    EXPECT_EQ(building.verdict().failure.reason, Reason::pin_mismatch);
}

TEST_F(Pins, ABackupCountsAndIsWarnedOf) {
    Sending building(*this, leaf);
    building.request.pins = pins({nobody}, {ca.certificate()->spki_sha256()});
    const auto verdict = building.verdict();
    EXPECT_TRUE(verdict.accepted());
    EXPECT_TRUE(warns(verdict, "backup_pin"));
}

TEST_F(Pins, ThatOnlyReportWarn) {
    Sending building(*this, leaf);
    building.request.pins = pins({nobody}, {}, true);
    const auto verdict = building.verdict();
    EXPECT_TRUE(verdict.accepted());
    EXPECT_TRUE(warns(verdict, "pin_mismatch"));
}

using Limits = PolicyRules;

TEST_F(Limits, LetACaVouchForItsHostsOnly) {
    for (const Identity* limited : {&root, &ca}) {
        auto limits = std::make_shared<AnchorLimits>();
        limits->allow_only(limited->certificate()->spki_sha256(), {"*.corp.test", "leaf.test"});
        Sending building(*this, leaf);
        building.request.anchor_limits = limits;
        EXPECT_TRUE(building.verdict().accepted());
        Sending other(*this, ca.leaf("other.test"));
        other.for_host("other.test").request.anchor_limits = limits;
        const auto verdict = other.verdict();
        EXPECT_EQ(verdict.failure.reason, Reason::untrusted_root);
        EXPECT_NE(verdict.failure.detail.find("trust.only_for"), std::string::npos) << verdict.failure.detail;
    }
}

TEST_F(Limits, OfOnlySomeHostsVouchForNobodyWithoutAName) {
    auto limits = std::make_shared<AnchorLimits>();
    limits->allow_only(root.certificate()->sha256(), {"leaf.test"});
    Sending building(*this, leaf);
    building.request.anchor_limits = limits;
    building.request.identity.reset();
    EXPECT_EQ(building.verdict().failure.reason, Reason::untrusted_root);
}

TEST_F(Limits, EndWhatACaMayVouchForOnADay) {
    CertificateSpec spec;
    spec.not_before = noon() - days{5};
    const auto end_entity = ca.leaf("leaf.test", spec);
    const auto judged = [&](Time until) {
        auto limits = std::make_shared<AnchorLimits>();
        limits->allow_until(root.certificate()->sha256(), until);
        Sending building(*this, end_entity);
        building.request.anchor_limits = limits;
        return building.verdict();
    };
    EXPECT_TRUE(judged(noon() - days{5}).accepted());
    const auto verdict = judged(noon() - days{5} - std::chrono::seconds{1});
    EXPECT_EQ(verdict.failure.reason, Reason::untrusted_root);
    EXPECT_NE(verdict.failure.detail.find("trust.distrust_after"), std::string::npos);
}

//     Root A (limited)  <-  CA  <-  leaf.test        the other way is free
//     Root B            <-  CA'
TEST_F(Limits, LeaveAnotherWayOpen) {
    const auto other_root = Identity::root("Other Root");
    const auto cross = other_root.cross_sign(ca, {});
    auto limits = std::make_shared<AnchorLimits>();
    limits->allow_only(root.certificate()->sha256(), {"x.test"});
    test::PathBuilding building;
    building.trust({root, other_root}).sent(std::vector<Identity>{leaf, ca, cross}).for_host("leaf.test");
    building.request.anchor_limits = limits;
    const auto verdict = building.verdict();
    ASSERT_TRUE(verdict.accepted()) << verdict.failure.detail;
    EXPECT_EQ(verdict.path.back().certificate, other_root.certificate());
}

using Exceptions = PolicyRules;

TEST_F(Exceptions, ForgiveWhatTheyNameForTheirKey) {
    const auto old = expired();
    Sending building(*this, old);
    building.request.exceptions = {exception(old, {Reason::expired})};
    const auto verdict = building.verdict();
    ASSERT_TRUE(verdict.accepted()) << verdict.failure.detail;
    EXPECT_EQ(verdict.how, How::by_exception);
    ASSERT_TRUE(verdict.exception);
    EXPECT_EQ(verdict.exception->state, ExceptionUse::State::used);
    EXPECT_EQ(verdict.exception->days_left, 30);
    EXPECT_EQ(verdict.exception->forgave, std::vector<Reason>{Reason::expired});
    EXPECT_TRUE(warns(verdict, "expired"));
    EXPECT_EQ(verdict.expires->at, noon() + days{30});  // not the end that is past
}

TEST_F(Exceptions, DoNotForgiveWhatElseIsWrong) {
    const auto old = expired("other.test");  // expired and for another host
    for (const Reason one : {Reason::expired, Reason::host_mismatch}) {
        Sending building(*this, old);
        building.request.exceptions = {exception(old, {one})};
        const auto verdict = building.verdict();
        EXPECT_FALSE(verdict.accepted()) << to_string(one);
        EXPECT_EQ(verdict.exception->state, ExceptionUse::State::other_reason);
    }
    Sending building(*this, old);
    building.request.exceptions = {exception(old, {Reason::expired, Reason::host_mismatch})};
    const auto verdict = building.verdict();
    EXPECT_TRUE(verdict.accepted());
    EXPECT_EQ(verdict.exception->forgave.size(), 2u);
}

TEST_F(Exceptions, NeverForgiveAnotherKey) {
    const auto old = expired();
    Sending building(*this, expired());
    building.request.exceptions = {exception(old, {Reason::expired})};
    const auto verdict = building.verdict();
    EXPECT_EQ(verdict.failure.reason, Reason::expired);
    EXPECT_EQ(verdict.exception->state, ExceptionUse::State::other_key);
    EXPECT_NE(verdict.failure.detail.find("another public key"), std::string::npos) << verdict.failure.detail;
}

TEST_F(Exceptions, AreOverAfterTheirLastSecondAndSaySo) {
    const auto old = expired();
    Sending building(*this, old);
    building.request.exceptions = {exception(old, {Reason::expired}, noon())};
    EXPECT_TRUE(building.verdict().accepted());
    building.request.exceptions = {exception(old, {Reason::expired}, noon() - std::chrono::seconds{1})};
    const auto verdict = building.verdict();
    EXPECT_EQ(verdict.failure.reason, Reason::expired);
    EXPECT_EQ(verdict.exception->state, ExceptionUse::State::expired);
    EXPECT_NE(verdict.failure.detail.find("ended on 2026-05-31"), std::string::npos)
        << verdict.failure.detail;
}

TEST_F(Exceptions, ThatAreNotNeededSaySo) {
    Sending building(*this, leaf);
    building.request.exceptions = {exception(leaf, {Reason::expired})};
    const auto verdict = building.verdict();
    EXPECT_EQ(verdict.how, How::as_sent);
    EXPECT_EQ(verdict.exception->state, ExceptionUse::State::not_needed);
}

TEST_F(Exceptions, ForgiveASelfSignedCertificate) {
    CertificateSpec spec;
    spec.common_name = "leaf.test";
    const auto alone = Identity::self_signed(spec);
    test::PathBuilding building;
    building.trust({root}).sent(std::vector<Identity>{alone}).for_host("leaf.test");
    EXPECT_EQ(building.verdict().failure.reason, Reason::untrusted_root);
    building.request.exceptions = {exception(alone, {Reason::untrusted_root})};
    const auto verdict = building.verdict();
    EXPECT_TRUE(verdict.accepted()) << verdict.failure.detail;
    EXPECT_EQ(test::drawn(verdict), "leaf.test");
    // The pins hold for what there is of a path.
    building.request.pins = pins({nobody});
    EXPECT_FALSE(building.verdict().accepted());
}

TEST_F(Exceptions, NeverForgiveDistrustOrAMissingPin) {
    DistrustList list;
    list.fingerprints.insert(ca.certificate()->sha256());
    Sending building(*this, leaf);
    building.request.distrust = std::make_shared<const Distrust>(list);
    building.request.pins = pins({nobody});
    std::set<Reason> everything;
    for (const auto& name : forgivable_reasons())
        everything.insert(*reason_from(name));
    building.request.exceptions = {exception(leaf, everything)};
    EXPECT_EQ(building.verdict().failure.reason, Reason::revoked);
    building.request.distrust = nullptr;
    EXPECT_EQ(building.verdict().failure.reason, Reason::pin_mismatch);
}

// libcrypto stops at the first thing that is wrong: what it has not come to nobody has looked at.
TEST_F(Exceptions, NeverForgiveABrokenSignatureBehindAForgivenReason) {
    const auto old = expired();
    const auto broken = test::with_broken_signature(*old.certificate());
    test::PathBuilding building;
    building.trust({root}).sent(std::vector<CertificatePtr>{broken, ca.certificate()}).for_host("leaf.test");
    building.request.exceptions = {exception(old, {Reason::expired, Reason::issuer_not_found})};
    EXPECT_FALSE(building.verdict().accepted());
}

TEST(ForgivableReasons, AreReasonsAndNotThoseThatSpeakAgainstTheKeyItself) {
    for (const auto& name : forgivable_reasons())
        EXPECT_TRUE(reason_from(name)) << name;
    for (const Reason never : {Reason::ok, Reason::revoked, Reason::pin_mismatch, Reason::policy,
                               Reason::malformed_certificate, Reason::bad_signature}) {
        const auto& names = forgivable_reasons();
        EXPECT_EQ(std::find(names.begin(), names.end(), to_string(never)), names.end());
    }
}

}  // namespace
}  // namespace chainmend::certs
