#include "proxy/tunnel/verdict_cache.h"

#include <gtest/gtest.h>

#include "tests/support/pki.h"

namespace chainmend::proxy {
namespace {

using test::Identity;
using test::noon;

class Verdicts : public ::testing::Test {
  protected:
    Snapshot snapshot(std::uint64_t generation, const Identity& trusted) const {
        Snapshot made;
        made.generation = generation;
        certs::TrustStoreBuilder builder;
        builder.add(trusted.certificate(), "given");
        made.trust = std::move(builder).build();
        return made;
    }
    certs::ReferenceIdentity name(const std::string& text) const {
        return *certs::ReferenceIdentity::dns(text);
    }

    VerdictCache::VerdictPtr verdict(bool accepted, Time at, Time until) const {
        certs::Verdict made;
        made.decision = accepted ? certs::Decision::accepted : certs::Decision::refused;
        made.at = at;
        made.expires = certs::Expiry{until, 0, 0};
        return std::make_shared<const certs::Verdict>(std::move(made));
    }

    const Identity root = Identity::root("Root");
    const Identity leaf = root.leaf("leaf.test");
    const Identity other = root.leaf("leaf.test");
    const certs::PresentedChain chain{{leaf.certificate()}, {}, {}};
    VerdictCache cache;
};

TEST_F(Verdicts, KeysDifferInChainNamePolicyAndAnchors) {
    const auto key = VerdictCache::key(chain, name("a.test"), snapshot(1, root));
    EXPECT_EQ(key, VerdictCache::key(chain, name("a.test"), snapshot(1, root)));
    EXPECT_NE(key, VerdictCache::key({{other.certificate()}, {}, {}}, name("a.test"), snapshot(1, root)));
    EXPECT_NE(key, VerdictCache::key({{leaf.certificate(), root.certificate()}, {}, {}}, name("a.test"),
                                     snapshot(1, root)));
    EXPECT_NE(key, VerdictCache::key(chain, name("b.test"), snapshot(1, root)));
    EXPECT_NE(key, VerdictCache::key(chain, name("a.test"), snapshot(2, root)));
    EXPECT_NE(key, VerdictCache::key(chain, name("a.test"), snapshot(1, Identity::root("Root"))));
}

TEST_F(Verdicts, AnAcceptedOneHoldsUntilTheFirstCertificateExpires) {
    cache.put("k", verdict(true, noon(), noon() + std::chrono::minutes{10}));
    EXPECT_TRUE(cache.find("k", noon() + std::chrono::minutes{10}, {}));
    EXPECT_FALSE(cache.find("k", noon() + std::chrono::minutes{10} + std::chrono::seconds{1}, {}));
    EXPECT_EQ(cache.size(), 0U);
}

TEST_F(Verdicts, NoneHoldsBeforeItWasMade) {
    cache.put("k", verdict(true, noon(), noon() + std::chrono::days{10}));
    EXPECT_FALSE(cache.find("k", noon() - std::chrono::seconds{1}, {}));
}

TEST_F(Verdicts, ARefusedOneHoldsForSoLong) {
    cache.put("k", verdict(false, noon(), noon() + std::chrono::days{10}));
    EXPECT_TRUE(cache.find("k", noon() + std::chrono::seconds{14}, std::chrono::seconds{15}));
    EXPECT_FALSE(cache.find("k", noon() + std::chrono::seconds{15}, std::chrono::seconds{15}));
}

TEST_F(Verdicts, TheLeastRecentlyUsedIsForgotten) {
    const auto any = verdict(true, noon(), noon() + std::chrono::days{10});
    for (std::size_t number = 0; number < VerdictCache::capacity; ++number)
        cache.put(std::to_string(number), any);
    EXPECT_TRUE(cache.find("0", noon(), {}));
    cache.put("one more", any);
    EXPECT_EQ(cache.size(), VerdictCache::capacity);
    EXPECT_TRUE(cache.find("0", noon(), {}));
    EXPECT_FALSE(cache.find("1", noon(), {}));
}

}  // namespace
}  // namespace chainmend::proxy
