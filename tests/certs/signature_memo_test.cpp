#include "certs/signature_memo.h"

#include <gtest/gtest.h>

#include "tests/support/pki.h"

namespace chainmend::test {
namespace {

using namespace certs;

TEST(SignatureMemo, ChecksEachEdgeOnceForAllCertificatesOfAKey) {
    const auto root = Identity::root("Root");
    const auto ca = root.intermediate("CA");
    const auto renewed = root.intermediate("CA", {}, ca.key());
    const auto stranger = root.intermediate("CA");
    const auto leaf = ca.leaf("leaf.test").certificate();
    SignatureMemo memo;
    EXPECT_FALSE(memo.knows(*leaf, *ca.certificate()));
    EXPECT_TRUE(memo.verifies(*leaf, *ca.certificate()));
    EXPECT_TRUE(memo.verifies(*leaf, *renewed.certificate()));
    EXPECT_EQ(memo.checked(), 1);
    EXPECT_FALSE(memo.verifies(*leaf, *stranger.certificate()));
    EXPECT_FALSE(memo.verifies(*leaf, *stranger.certificate()));
    EXPECT_EQ(memo.checked(), 2);
    EXPECT_FALSE(memo.verifies(*with_broken_signature(*leaf), *ca.certificate()));
}

}  // namespace
}  // namespace chainmend::test
