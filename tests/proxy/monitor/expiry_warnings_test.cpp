#include "proxy/monitor/expiry_warnings.h"

#include <gtest/gtest.h>

#include "tests/support/path_building.h"

namespace chainmend::test {
namespace {

using namespace proxy;
using std::chrono::days;

CertificateSpec until(Time end) {
    CertificateSpec spec;
    spec.not_before = noon() - days{300};
    spec.not_after = end;
    return spec;
}

std::optional<std::int64_t> threshold_at(std::chrono::seconds left, std::int64_t warn_days = 30) {
    const auto warnings = warn_of_end("x", "x", noon() + left, noon(), {}, warn_days);
    if (warnings.empty()) return std::nullopt;
    return warnings.front().threshold;
}

TEST(ExpiryWarnings, AreFor30And14And7And1DaysAndForTheEnd) {
    EXPECT_EQ(threshold_at(days{31}), std::nullopt);
    EXPECT_EQ(threshold_at(days{30}), 30);
    EXPECT_EQ(threshold_at(days{15}), 30);
    EXPECT_EQ(threshold_at(days{14}), 14);
    EXPECT_EQ(threshold_at(days{8}), 14);
    EXPECT_EQ(threshold_at(days{7}), 7);
    EXPECT_EQ(threshold_at(days{2}), 7);
    EXPECT_EQ(threshold_at(days{1}), 1);
    EXPECT_EQ(threshold_at(std::chrono::hours{1}), 1);
    EXPECT_EQ(threshold_at(-std::chrono::hours{1}), 0);
    EXPECT_EQ(threshold_at(-days{400}), 0);
}

TEST(ExpiryWarnings, BeginWhenTheSettingSays) {
    EXPECT_EQ(threshold_at(days{50}, 60), 60);
    EXPECT_EQ(threshold_at(days{20}, 10), std::nullopt);
    EXPECT_EQ(threshold_at(days{8}, 10), 10);
    EXPECT_EQ(threshold_at(days{6}, 10), 7);
    EXPECT_EQ(threshold_at(days{1}, 0), std::nullopt);
}

// Root (20 days) <- CA (10 days, stored) <- leaf.test (5 days)
TEST(ExpiryWarnings, AreGivenForEverythingOnThePathInUse) {
    const auto root = Identity::root("Root", until(noon() + days{20}));
    const auto ca = root.intermediate("CA", until(noon() + days{10}));
    const auto leaf = ca.leaf("leaf.test", until(noon() + days{5}));
    const auto verdict = PathBuilding().trust({root}).sent({leaf}).stored(ca).for_host("leaf.test").verdict();
    ASSERT_TRUE(verdict.accepted());
    HostEvent about;
    about.host = "leaf.test";
    const auto warnings = expiry_warnings(verdict, about, 30);
    ASSERT_EQ(warnings.size(), 3U);
    EXPECT_EQ(warnings[0].threshold, 7);
    EXPECT_EQ(warnings[0].event.detail, "leaf.test ends in 5 days, on " + to_date(noon() + days{5}));
    EXPECT_EQ(warnings[1].threshold, 14);
    EXPECT_EQ(warnings[1].event.detail,
              "CA ends in 10 days, on " + to_date(noon() + days{10}) + " (from the issuer store)");
    EXPECT_EQ(warnings[2].threshold, 30);
    EXPECT_EQ(warnings[2].event.days, 20);
    EXPECT_EQ(warnings[2].event.kind, "expiring");
    EXPECT_EQ(warnings[2].subject, to_hex(root.certificate()->sha256()));
}

// Root (20 days, trusted) and the CA's cross-sign by it (10 days, stored), beside a root that is not known
TEST(ExpiryWarnings, AreGivenForACrossSignThatThePathUses) {
    const auto old_root = Identity::root("Old Root", until(noon() + days{20}));
    const auto new_root = Identity::root("New Root");
    const auto crossed = old_root.intermediate("New Root", until(noon() + days{10}), new_root.key());
    const auto leaf = new_root.leaf("leaf.test");
    const auto verdict =
        PathBuilding().trust({old_root}).sent({leaf}).stored(crossed).for_host("leaf.test").verdict();
    ASSERT_TRUE(verdict.accepted());
    const auto warnings = expiry_warnings(verdict, {}, 30);
    ASSERT_EQ(warnings.size(), 2U);
    EXPECT_EQ(warnings[0].subject, to_hex(crossed.certificate()->sha256()));
    EXPECT_EQ(warnings[1].subject, to_hex(old_root.certificate()->sha256()));
}

TEST(ExpiryWarnings, SayWhenTheOnlyPinnedKeyIsOneThatEnds) {
    const auto root = Identity::root("Root");
    const auto leaf = root.leaf("leaf.test", until(noon() + days{5}));
    const auto detail_with = [&](const std::vector<Identity>& pinned, const std::vector<Identity>& backups) {
        certs::PinSet pins;
        for (const auto& identity : pinned)
            pins.pins.push_back(identity.certificate()->spki_sha256());
        for (const auto& identity : backups)
            pins.backups.push_back(identity.certificate()->spki_sha256());
        PathBuilding building;
        building.request.pins = std::make_shared<const certs::PinSet>(pins);
        const auto verdict = building.trust({root}).sent({leaf}).for_host("leaf.test").verdict();
        const auto warnings = expiry_warnings(verdict, {}, 30);
        return warnings.empty() ? "" : warnings[0].event.detail;
    };
    EXPECT_NE(detail_with({leaf}, {}).find("(the only key that is pinned for this host: "), std::string::npos)
        << detail_with({leaf}, {});
    EXPECT_EQ(detail_with({leaf, root}, {}).find("pinned"), std::string::npos);
    EXPECT_EQ(detail_with({leaf}, {root}).find("pinned"), std::string::npos);
    EXPECT_EQ(detail_with({root}, {}).find("pinned"), std::string::npos);
}

// One rounding: 3 days and 20 hours are 3 days, before as after.
TEST(ExpiryWarnings, CountWholeDaysAsTheVerdictDoes) {
    const auto span = days{3} + std::chrono::hours{20};
    const auto over = warn_of_end("x", "X", noon() - span, noon(), {}, 30);
    ASSERT_EQ(over.size(), 1U);
    EXPECT_EQ(over[0].event.days, -3);
    EXPECT_EQ(over[0].event.detail.rfind("X ended 3 days ago, on ", 0), 0U) << over[0].event.detail;
    const auto root = Identity::root("Root");
    const auto leaf = root.leaf("leaf.test", until(noon() - span));
    const auto verdict = PathBuilding().trust({root}).sent({leaf}).for_host("leaf.test").verdict();
    ASSERT_TRUE(verdict.expires);
    EXPECT_EQ(verdict.expires->days, -3);
    EXPECT_NE(verdict.failure.detail.find("(3 days ago)"), std::string::npos) << verdict.failure.detail;
    const auto just = warn_of_end("x", "X", noon() - std::chrono::hours{1}, noon(), {}, 30);
    ASSERT_EQ(just.size(), 1U);
    EXPECT_EQ(just[0].event.days, 0);
    EXPECT_EQ(just[0].event.detail.rfind("X has ended, on ", 0), 0U) << just[0].event.detail;
}

// Root <- leaf.test (ended); and a stranger's root, which ends soon
TEST(ExpiryWarnings, AreGivenForWhatHasEndedAndNotForAPathThatNobodyUses) {
    const auto root = Identity::root("Root");
    const auto ended = root.leaf("leaf.test", until(noon() - days{2}));
    const auto refused = PathBuilding().trust({root}).sent({ended}).for_host("leaf.test").verdict();
    const auto warnings = expiry_warnings(refused, {}, 30);
    ASSERT_EQ(warnings.size(), 1U);
    EXPECT_EQ(warnings[0].threshold, 0);
    EXPECT_NE(warnings[0].event.detail.find("ended 2 days ago"), std::string::npos)
        << warnings[0].event.detail;

    const auto stranger = Identity::root("Stranger", until(noon() + days{3}));
    const auto unknown = PathBuilding().trust({root}).sent({stranger.leaf("leaf.test"), stranger}).verdict();
    EXPECT_TRUE(expiry_warnings(unknown, {}, 30).empty());
}

}  // namespace
}  // namespace chainmend::test
