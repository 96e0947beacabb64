#include "certs/replay.h"

#include <gtest/gtest.h>

#include "tests/support/path_building.h"

namespace chainmend::test {
namespace {

using namespace certs;

ReplayQuestion question_from(const Verdict& verdict) {
    return {verdict.presented, *verdict.evidence, verdict.fetches, {}, {}};
}

void expect_same(const Verdict& then, const Verdict& now) {
    EXPECT_EQ(then.decision, now.decision);
    EXPECT_EQ(then.how, now.how);
    EXPECT_EQ(then.failure.reason, now.failure.reason);
    EXPECT_EQ(then.failure.detail, now.failure.detail);
    EXPECT_EQ(drawn(then), drawn(now));
    ASSERT_EQ(then.path.size(), now.path.size());
    for (std::size_t i = 0; i < then.path.size(); ++i) {
        EXPECT_EQ(then.path[i].source, now.path[i].source);
        EXPECT_EQ(then.path[i].origin, now.path[i].origin);
    }
    EXPECT_EQ(then.attempts.size(), now.attempts.size());
    EXPECT_EQ(then.fetches.size(), now.fetches.size());
    EXPECT_EQ(then.missing.size(), now.missing.size());
    EXPECT_EQ(then.warnings.size(), now.warnings.size());
    EXPECT_EQ(then.stats.paths, now.stats.paths);
    EXPECT_EQ(then.stats.nodes, now.stats.nodes);
}

class Replay : public ::testing::Test {
  protected:
    CertificateSpec fetched_from_url() const {
        CertificateSpec spec;
        spec.ca_issuers = {url};
        return spec;
    }

    /// Valid for a long time, until so many days before noon().
    static CertificateSpec long_ago(int ended_days_ago) {
        CertificateSpec spec;
        spec.not_before = noon() - std::chrono::days{300};
        spec.not_after = noon() - std::chrono::days{ended_days_ago};
        return spec;
    }

    Identity root = Identity::root("Root");
    Identity ca = root.intermediate("CA");
    std::string url = "http://pki.test/ca";
};

// Root <- CA (fetched) <- leaf.test
TEST_F(Replay, GivesTheSameVerdictForAFetchedIssuer) {
    const auto leaf = ca.leaf("leaf.test", fetched_from_url());
    const auto verdict = PathBuilding()
                             .trust({root})
                             .sent({leaf})
                             .served(url, {ca.certificate()})
                             .for_host("leaf.test")
                             .verdict();
    ASSERT_EQ(verdict.how, How::repaired);
    ASSERT_EQ(verdict.evidence->answers.size(), 1U);
    expect_same(verdict, replay(question_from(verdict)));
}

// Root <- CA (stored; the issuer store may forget it) <- leaf.test
TEST_F(Replay, GivesTheSameVerdictForAStoredIssuer) {
    const auto leaf = ca.leaf("leaf.test");
    const auto verdict = PathBuilding().trust({root}).sent({leaf}).stored(ca).for_host("leaf.test").verdict();
    ASSERT_EQ(verdict.how, How::repaired);
    expect_same(verdict, replay(question_from(verdict)));
}

// Root <- CA (nowhere) <- leaf.test
TEST_F(Replay, GivesTheSameRefusalWhenNothingWasFound) {
    const auto leaf = ca.leaf("leaf.test", fetched_from_url());
    const auto verdict = PathBuilding().trust({root}).sent({leaf}).for_host("leaf.test").verdict();
    ASSERT_EQ(verdict.failure.reason, Reason::issuer_not_found);
    expect_same(verdict, replay(question_from(verdict)));
}

// Root <- CA (expired, sent) and CA (good, fetched), same key <- leaf.test
TEST_F(Replay, GivesTheSameAlternatePath) {
    CertificateSpec old;
    old.not_after = noon() - std::chrono::days{3};
    old.not_before = noon() - std::chrono::days{300};
    const auto expired = root.intermediate("CA", old, ca.key());
    const auto leaf = ca.leaf("leaf.test", fetched_from_url());
    const auto verdict = PathBuilding()
                             .trust({root})
                             .sent({leaf, expired})
                             .served(url, {ca.certificate()})
                             .for_host("leaf.test")
                             .verdict();
    ASSERT_TRUE(verdict.accepted());
    expect_same(verdict, replay(question_from(verdict)));
}

TEST_F(Replay, JudgesByTheTimeThatIsAskedFor) {
    const auto leaf = ca.leaf("leaf.test");
    const auto verdict = PathBuilding().trust({root}).sent({leaf, ca}).for_host("leaf.test").verdict();
    ASSERT_TRUE(verdict.accepted());
    auto question = question_from(verdict);
    question.evidence.request.at = noon() + std::chrono::days{400};
    EXPECT_EQ(replay(question).failure.reason, Reason::expired);
}

TEST_F(Replay, TrustsWhatIsGivenBesideTheAnchorsOfThen) {
    const auto stranger = Identity::root("Stranger");
    const auto leaf = stranger.leaf("leaf.test");
    const auto verdict = PathBuilding().trust({root}).sent({leaf, stranger}).for_host("leaf.test").verdict();
    ASSERT_EQ(verdict.failure.reason, Reason::untrusted_root);
    auto question = question_from(verdict);
    question.more_anchors = {{stranger.certificate(), "given"}};
    EXPECT_TRUE(replay(question).accepted());
}

TEST_F(Replay, SendsWhatTheServerShouldHaveSent) {
    const auto leaf = ca.leaf("leaf.test");
    const auto verdict = PathBuilding().trust({root}).sent({leaf}).for_host("leaf.test").verdict();
    ASSERT_EQ(verdict.failure.reason, Reason::issuer_not_found);
    auto question = question_from(verdict);
    question.more_presented = {ca.certificate()};
    // The root was not asked about then, so it is no evidence of this verdict.
    EXPECT_EQ(replay(question).failure.detail,
              "the issuer \"Root\" of CA was not sent, and nothing says where to get it");
    question.more_anchors = {{root.certificate(), "given"}};
    EXPECT_TRUE(replay(question).accepted());
}

// Root <- CA (expired, sent) <- leaf.test: the search turned back before it came to the root.
TEST_F(Replay, KnowsTheRootAboveAnIssuerThatHasExpired) {
    const auto old_root = Identity::root("Old Root", long_ago(-300));
    const auto expired = old_root.intermediate("Old CA", long_ago(3));
    const auto leaf = expired.leaf("leaf.test", long_ago(-300));
    const auto verdict =
        PathBuilding().trust({old_root}).sent({leaf, expired}).for_host("leaf.test").verdict();
    ASSERT_EQ(verdict.failure.reason, Reason::expired);
    expect_same(verdict, replay(question_from(verdict)));
    auto question = question_from(verdict);
    question.evidence.request.at = noon() - std::chrono::days{10};
    EXPECT_TRUE(replay(question).accepted()) << replay(question).failure.detail;
}

// Root <- Upper (stored) <- CA (expired, fetched) <- leaf.test
TEST_F(Replay, KnowsTheIssuersAboveAFetchedOneThatHasExpired) {
    const auto old_root = Identity::root("Old Root", long_ago(-300));
    const auto upper = old_root.intermediate("Upper", long_ago(-300));
    const auto expired = upper.intermediate("Old CA", long_ago(3));
    auto spec = fetched_from_url();
    spec.not_before = noon() - std::chrono::days{300};
    const auto leaf = expired.leaf("leaf.test", spec);
    const auto verdict = PathBuilding()
                             .trust({old_root})
                             .sent({leaf})
                             .stored(upper)
                             .served(url, {expired.certificate()})
                             .for_host("leaf.test")
                             .verdict();
    ASSERT_EQ(verdict.failure.reason, Reason::expired);
    expect_same(verdict, replay(question_from(verdict)));
    auto question = question_from(verdict);
    question.evidence.request.at = noon() - std::chrono::days{10};
    EXPECT_TRUE(replay(question).accepted()) << replay(question).failure.detail;
}

}  // namespace
}  // namespace chainmend::test
