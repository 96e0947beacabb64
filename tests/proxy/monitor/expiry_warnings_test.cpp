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
