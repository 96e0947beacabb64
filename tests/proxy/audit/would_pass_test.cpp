#include "proxy/audit/would_pass.h"

#include <gtest/gtest.h>

#include "tests/support/path_building.h"

namespace chainmend::test {
namespace {

using proxy::would_pass;

class WouldPass : public ::testing::Test {
  protected:
    static CertificateSpec ended() {
        CertificateSpec spec;
        spec.not_before = noon() - std::chrono::days{300};
        spec.not_after = noon() - std::chrono::days{3};
        return spec;
    }

    Identity root = Identity::root("Root");
};

TEST_F(WouldPass, NamesASelfSignedRootAsItStands) {
    const auto stranger = Identity::root("Stranger");
    const auto lines = would_pass(PathBuilding()
                                      .trust({root})
                                      .sent({stranger.leaf("leaf.test"), stranger})
                                      .for_host("leaf.test")
                                      .verdict());
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_EQ(lines[0], "if \"Stranger\" (SHA-256 " + to_hex(stranger.certificate()->sha256()) +
                            ") were trusted, in trust.files");
}

// trust.files alone makes no anchor of it.
TEST_F(WouldPass, SaysWhatElseAnIntermediateNeedsToBeTrusted) {
    const auto ca = Identity::root("Elsewhere").intermediate("Sent CA");
    const auto lines = would_pass(
        PathBuilding().trust({root}).sent({ca.leaf("leaf.test"), ca}).for_host("leaf.test").verdict());
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_EQ(lines[0].rfind("if \"CN=Elsewhere\"", 0), 0U) << lines[0];
    EXPECT_EQ(lines[1], "if \"Sent CA\" (SHA-256 " + to_hex(ca.certificate()->sha256()) +
                            ") were trusted, in trust.files with trust.intermediates_as_anchors = true");
}

TEST_F(WouldPass, KnowsUntilWhenAnExpiredIntermediateWasGood) {
    auto spec = ended();
    spec.not_after = noon() + std::chrono::days{300};
    const auto old_root = Identity::root("Old Root", spec);
    const auto ca = old_root.intermediate("Old CA", ended());
    const auto leaf = ca.leaf("leaf.test", spec);
    const auto lines =
        would_pass(PathBuilding().trust({old_root}).sent({leaf, ca}).for_host("leaf.test").verdict());
    ASSERT_FALSE(lines.empty());
    EXPECT_EQ(lines.back(), "until 2026-05-29 00:00 UTC");
}

TEST_F(WouldPass, NamesTheExceptionThatEndsBeforeAnyCertificate) {
    const auto leaf = root.leaf("leaf.test", ended());
    certs::Exception exception;
    exception.host = "leaf.test";
    exception.spki = leaf.certificate()->spki_sha256();
    exception.forgives = {certs::Reason::expired};
    exception.expires = noon() + std::chrono::days{7};
    PathBuilding building;
    building.request.exceptions = {std::make_shared<const certs::Exception>(exception)};
    const auto verdict = building.trust({root}).sent({leaf}).for_host("leaf.test").verdict();
    ASSERT_EQ(verdict.how, certs::How::by_exception) << verdict.failure.detail;
    const auto lines = would_pass(verdict);
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_TRUE(lines[0].ends_with(", when the exception for it ends")) << lines[0];
}

}  // namespace
}  // namespace chainmend::test
