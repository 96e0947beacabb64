#include "proxy/audit/applied_policy.h"

#include <gtest/gtest.h>

namespace chainmend::proxy {
namespace {

TEST(AppliedPolicy, LeavesOutTheTablesForOtherHosts) {
    const std::string common = "trust store = ab (1 anchors)\nverify.min_tls = \"1.2\"\n";
    const std::string corp = "[[host]]\nmatch = [\"*.corp.test\", \"intranet\"]\naction = \"pass\"\n";
    const std::string shop = "[[host]]\nmatch = [\"shop.test\"]\n";
    const std::string old = "[[exception]]\nhost = \"old.corp.test\"\nowner = \"ops\"\n";
    const std::string text = common + corp + shop + old;
    EXPECT_EQ(applied_policy(text, {"a.corp.test"}), common + corp);
    EXPECT_EQ(applied_policy(text, {"old.corp.test"}), common + corp + old);
    EXPECT_EQ(applied_policy(text, {"shop.test", "intranet"}), common + corp + shop);
    EXPECT_EQ(applied_policy(text, {"other.test"}), common);
    EXPECT_EQ(applied_policy("", {"other.test"}), "");
}

}  // namespace
}  // namespace chainmend::proxy
