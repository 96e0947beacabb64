#include "certs/path_builder.h"

#include <gtest/gtest.h>

#include "tests/support/path_building.h"

namespace chainmend::test {
namespace {

using namespace certs;
using std::chrono::days;

CertificateSpec with_url(const std::string& url) {
    CertificateSpec spec;
    spec.ca_issuers = {url};
    return spec;
}

CertificateSpec expired() {
    CertificateSpec spec;
    spec.not_before = noon() - days{100};
    spec.not_after = noon() - days{3};
    return spec;
}

class PathBuilderTest : public testing::Test {
  protected:
    const Identity root = Identity::root("Root");
    const Identity ca = root.intermediate("CA", with_url("http://pki.test/root.der"));
    const Identity leaf = ca.leaf("leaf.test", with_url("http://pki.test/ca.der"));
    PathBuilding building;
};

TEST_F(PathBuilderTest, AcceptsAChainAsSent) {
    // leaf.test <- CA <- (Root)
    const auto verdict = building.trust({root}).sent({leaf, ca}).for_host("leaf.test").verdict();
    ASSERT_TRUE(verdict.accepted()) << verdict.failure.detail;
    EXPECT_EQ(verdict.how, How::as_sent);
    EXPECT_EQ(drawn(verdict), "leaf.test <- CA <- Root");
    EXPECT_EQ(verdict.failure.reason, Reason::ok);
    EXPECT_EQ(verdict.path[2].source, Source::trust);
    EXPECT_EQ(verdict.path[2].origin, "trust.pem");
    EXPECT_TRUE(verdict.missing.empty());
    EXPECT_TRUE(verdict.superfluous.empty());
    EXPECT_TRUE(verdict.attempts.empty());
    EXPECT_TRUE(building.asked.empty());
    ASSERT_TRUE(verdict.expires);
    EXPECT_EQ(verdict.expires->days, 365);
    EXPECT_EQ(verdict.stats.paths, 1);
    EXPECT_EQ(verdict.stats.signatures, 2);
}

TEST_F(PathBuilderTest, AcceptsAChainSentWithItsRoot) {
    const auto verdict = building.trust({root}).sent({leaf, ca, root}).verdict();
    ASSERT_TRUE(verdict.accepted());
    EXPECT_EQ(verdict.how, How::as_sent);
    EXPECT_TRUE(verdict.superfluous.empty());
}

TEST_F(PathBuilderTest, PutsAChainInOrder) {
    // sent: leaf.test, Root, stranger, CA
    const auto stranger = root.intermediate("Stranger");
    const auto verdict = building.trust({root}).sent({leaf, root, stranger, ca}).verdict();
    ASSERT_TRUE(verdict.accepted());
    EXPECT_EQ(verdict.how, How::reordered);
    EXPECT_TRUE(verdict.out_of_order);
    ASSERT_EQ(verdict.superfluous.size(), 1u);
    EXPECT_EQ(verdict.superfluous[0], stranger.certificate());
}

TEST_F(PathBuilderTest, FetchesTheIssuerThatWasNotSent) {
    // leaf.test <- (CA: fetched) <- (Root)
    const auto verdict =
        building.trust({root}).sent({leaf}).served("http://pki.test/ca.der", {ca.certificate()}).verdict();
    ASSERT_TRUE(verdict.accepted()) << verdict.failure.detail;
    EXPECT_EQ(verdict.how, How::repaired);
    EXPECT_EQ(building.asked, std::vector<std::string>{"leaf.test"});
    EXPECT_EQ(verdict.path[1].source, Source::aia);
    EXPECT_EQ(verdict.path[1].origin, "http://pki.test/ca.der");
    ASSERT_EQ(verdict.missing.size(), 1u);
    EXPECT_EQ(verdict.missing[0].subject, "CN=CA");
    EXPECT_EQ(verdict.missing[0].key_id, to_hex(ca.certificate()->subject_key_id()));
    EXPECT_EQ(verdict.fetches.size(), 1u);
}

TEST_F(PathBuilderTest, AsksNobodyWhenTheStoreHasIt) {
    const auto verdict = building.trust({root}).sent({leaf}).stored(ca).verdict();
    ASSERT_TRUE(verdict.accepted());
    EXPECT_EQ(verdict.how, How::repaired);
    EXPECT_EQ(verdict.path[1].source, Source::store);
    EXPECT_EQ(verdict.path[1].origin, "http://store.test/");
    EXPECT_TRUE(building.asked.empty());
}

TEST_F(PathBuilderTest, FetchesSeveralLevels) {
    // leaf.test <- (CA 2: fetched) <- (CA: fetched) <- (Root)
    const auto ca2 = ca.intermediate("CA 2", with_url("http://pki.test/ca.der"));
    const auto low = ca2.leaf("leaf.test", with_url("http://pki.test/ca2.der"));
    const auto verdict = building.trust({root})
                             .sent({low})
                             .served("http://pki.test/ca2.der", {ca2.certificate()})
                             .served("http://pki.test/ca.der", {ca.certificate()})
                             .verdict();
    ASSERT_TRUE(verdict.accepted());
    EXPECT_EQ(building.asked, (std::vector<std::string>{"leaf.test", "CA 2"}));
    EXPECT_EQ(verdict.missing.size(), 2u);
}

TEST_F(PathBuilderTest, UsesAWholeBag) {
    const auto ca2 = ca.intermediate("CA 2");
    const auto low = ca2.leaf("leaf.test", with_url("http://pki.test/bag.p7c"));
    const auto verdict =
        building.trust({root})
            .sent({low})
            .served("http://pki.test/bag.p7c", {root.certificate(), ca.certificate(), ca2.certificate()})
            .verdict();
    ASSERT_TRUE(verdict.accepted());
    EXPECT_EQ(building.asked.size(), 1u);
}

TEST_F(PathBuilderTest, SaysWhatIsMissingWhenItCanNotBeFetched) {
    const auto verdict = building.trust({root}).sent({leaf}).verdict();
    ASSERT_FALSE(verdict.accepted());
    EXPECT_EQ(verdict.failure.reason, Reason::issuer_not_found);
    EXPECT_EQ(verdict.failure.detail,
              "the issuer \"CA\" of leaf.test was not sent and could not be fetched (404)");
    ASSERT_EQ(verdict.missing.size(), 1u);
    EXPECT_EQ(verdict.missing[0].subject, "CN=CA");
    EXPECT_EQ(drawn(verdict), "leaf.test");
}

TEST_F(PathBuilderTest, NeverTrustsARootBecauseItWasSentFetchedOrStored) {
    const auto other = Identity::root("Other");
    const auto verdict = building.trust({other})
                             .sent({leaf, ca, root})
                             .stored(root)
                             .served("http://pki.test/root.der", {root.certificate()})
                             .verdict();
    ASSERT_FALSE(verdict.accepted());
    EXPECT_EQ(verdict.failure.reason, Reason::untrusted_root);
    EXPECT_EQ(verdict.failure.detail, "\"Root\" is not in the trust store");
    EXPECT_EQ(drawn(verdict), "leaf.test <- CA <- Root");
}

TEST_F(PathBuilderTest, FetchesNothingForAWrongHost) {
    const auto verdict = building.trust({root}).sent({leaf}).for_host("other.test").verdict();
    EXPECT_EQ(verdict.failure.reason, Reason::host_mismatch);
    EXPECT_TRUE(building.asked.empty());
}

TEST_F(PathBuilderTest, ReplacesAnExpiredIntermediateThatWasSent) {
    // leaf.test <- CA (sent, expired) <- Root
    //           <- CA (same key, fetched) <- Root
    const auto old = root.intermediate("CA", expired(), ca.key());
    const auto verdict = building.trust({root})
                             .sent({leaf, old})
                             .served("http://pki.test/ca.der", {ca.certificate()})
                             .verdict();
    ASSERT_TRUE(verdict.accepted()) << verdict.failure.detail;
    EXPECT_EQ(verdict.how, How::repaired);
    EXPECT_EQ(verdict.attempts.at(0).failure.reason, Reason::expired);
    EXPECT_EQ(verdict.superfluous.size(), 1u);
}

TEST_F(PathBuilderTest, TellsThatTheIntermediateExpiredWhenThereIsNoOther) {
    const auto old = root.intermediate("CA", expired(), ca.key());
    const auto verdict = building.trust({root}).sent({leaf, old}).verdict();
    EXPECT_EQ(verdict.failure.reason, Reason::expired);
    EXPECT_EQ(verdict.failure.depth, 1);
    EXPECT_EQ(drawn(verdict), "leaf.test <- CA");
}

TEST_F(PathBuilderTest, TellsThatANamesakeHasAnotherKey) {
    const auto fake = root.intermediate("CA");
    const auto verdict = building.trust({root}).sent({leaf, fake}).verdict();
    EXPECT_EQ(verdict.failure.reason, Reason::bad_signature);
}

TEST_F(PathBuilderTest, TellsThatTheEndEntityIsSelfSigned) {
    const auto alone = Identity::self_signed({});
    const auto verdict = building.trust({root}).sent({alone}).verdict();
    EXPECT_EQ(verdict.failure.reason, Reason::untrusted_root);
    EXPECT_EQ(verdict.failure.detail,
              "the certificate of leaf.test is self-signed and is not in the trust store");
}

TEST_F(PathBuilderTest, RefusesNothingAtAll) {
    const auto verdict = building.trust({root}).sent(std::vector<CertificatePtr>{}).verdict();
    EXPECT_EQ(verdict.failure.reason, Reason::malformed_certificate);
}

TEST_F(PathBuilderTest, ReportsWhyTheRunnerGaveUp) {
    PathBuilder builder(std::make_shared<const TrustStore>(std::vector<Anchor>{{root.certificate(), ""}}),
                        nullptr, {{leaf.certificate()}, "", {}}, {}, building.sent({leaf}).request, nullptr);
    auto step = builder.next();
    ASSERT_TRUE(std::holds_alternative<NeedIssuer>(step));
    IssuerAnswer answer;
    answer.last = true;
    answer.reason = Reason::fetch_limit;
    builder.answer(answer);
    step = builder.next();
    EXPECT_EQ(std::get<Verdict>(step).failure.reason, Reason::fetch_limit);
}

TEST_F(PathBuilderTest, AsksForTheUrlsThatWereLeftWhenTheFirstAnswerIsNoUse) {
    // leaf.test <- CA (first URL, expired) <- Root
    //           <- CA (same key, second URL) <- Root
    CertificateSpec spec;
    spec.ca_issuers = {"http://pki.test/old", "http://pki.test/new"};
    const auto old = root.intermediate("CA", expired(), ca.key());
    const auto both = ca.leaf("leaf.test", spec);
    PathBuilder builder(std::make_shared<const TrustStore>(std::vector<Anchor>{{root.certificate(), ""}}),
                        nullptr, {{both.certificate()}, "", {}}, {}, building.sent({both}).request, nullptr);
    auto step = builder.next();
    EXPECT_EQ(std::get<NeedIssuer>(step).urls, spec.ca_issuers);
    IssuerAnswer answer;
    answer.issuers = {{old.certificate(), spec.ca_issuers[0]}};
    answer.untried = {spec.ca_issuers[1]};
    builder.answer(answer);
    step = builder.next();
    ASSERT_TRUE(std::holds_alternative<NeedIssuer>(step));
    EXPECT_EQ(std::get<NeedIssuer>(step).urls, answer.untried);
    IssuerAnswer better;
    better.issuers = {{ca.certificate(), spec.ca_issuers[1]}};
    builder.answer(better);
    step = builder.next();
    EXPECT_TRUE(std::get<Verdict>(step).accepted());
}

}  // namespace
}  // namespace chainmend::test
