#include "certs/issuer_store.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tests/support/pki.h"

namespace chainmend::test {
namespace {

using namespace certs;

StoredIssuer stored(const Identity& identity) {
    return {identity.certificate(), Source::store, "http://pki.test/ca", noon()};
}

TEST(IssuerStore, FindsAllNamesakesOfAnIssuer) {
    const auto root = Identity::root("Root");
    const auto one = root.intermediate("CA");
    const auto two = root.intermediate("CA");
    IssuerStore store;
    EXPECT_TRUE(store.add(stored(one)));
    EXPECT_TRUE(store.add(stored(two)));
    EXPECT_TRUE(store.add(stored(root.intermediate("Other"))));
    const auto leaf = one.leaf("leaf.test").certificate();
    EXPECT_EQ(store.issuers_of(*leaf).size(), 2u);
    EXPECT_TRUE(store.remove(two.certificate()->sha256()));
    EXPECT_FALSE(store.remove(two.certificate()->sha256()));
    ASSERT_EQ(store.issuers_of(*leaf).size(), 1u);
    EXPECT_EQ(store.issuers_of(*leaf)[0].certificate, one.certificate());
    EXPECT_EQ(store.issuers_of(*leaf)[0].origin, "http://pki.test/ca");
}

TEST(IssuerStore, TakesNeitherDuplicatesNorEndEntities) {
    const auto ca = Identity::root("Root").intermediate("CA");
    IssuerStore store;
    EXPECT_TRUE(store.add(stored(ca)));
    EXPECT_FALSE(store.add(stored(ca)));
    EXPECT_FALSE(store.add(stored(ca.leaf("leaf.test"))));
    EXPECT_EQ(store.size(), 1u);
}

EncodedIssuer encoded(const Identity& identity) {
    const auto der = identity.certificate()->der();
    return {*EncodedCertificate::from_der(Bytes(der.begin(), der.end())), Source::import, "list.pem", noon()};
}

// Two namesakes take turns: whoever looks finds exactly one of them.
TEST(IssuerStore, ExchangesSomeForOthersInOneStep) {
    const auto root = Identity::root("Root");
    const auto one = root.intermediate("CA");
    const auto two = root.intermediate("CA");
    const auto leaf = one.leaf("leaf.test").certificate();
    IssuerStore store;
    store.add(stored(one));
    std::atomic<bool> done = false;
    std::thread looking([&] {
        while (!done)
            EXPECT_EQ(store.issuers_of(*leaf).size(), 1u);
    });
    for (int i = 0; i < 500; ++i) {
        store.exchange({one.certificate()->sha256()}, {stored(two)});
        store.exchange({two.certificate()->sha256()}, {stored(one)});
    }
    done = true;
    looking.join();
    EXPECT_EQ(store.from(Source::store, "http://pki.test/ca"), std::vector{one.certificate()->sha256()});
    EXPECT_TRUE(store.from(Source::import, "http://pki.test/ca").empty());
}

TEST(IssuerStore, DecodesAnIssuerWhenAPathAsksForIt) {
    const auto ca = Identity::root("Root").intermediate("CA");
    IssuerStore store;
    EXPECT_TRUE(store.add(encoded(ca)));
    EXPECT_FALSE(store.add(encoded(ca)));
    EXPECT_FALSE(store.add(stored(ca)));
    EXPECT_TRUE(store.has(ca.certificate()->sha256()));
    const auto found = store.issuers_of(*ca.leaf("leaf.test").certificate());
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].certificate->sha256(), ca.certificate()->sha256());
    EXPECT_EQ(found[0].origin, "list.pem");
    EXPECT_EQ(found[0].source, Source::import);
    EXPECT_EQ(store.issuers_of(*ca.leaf("leaf.test").certificate())[0].certificate, found[0].certificate);
    EXPECT_TRUE(store.remove(ca.certificate()->sha256()));
    EXPECT_TRUE(store.issuers_of(*ca.leaf("leaf.test").certificate()).empty());
}

TEST(IssuerStore, PassesOverWhatTurnsOutToBeNoIssuer) {
    const auto root = Identity::root("Root");
    const auto leaf = root.leaf("leaf.test");
    IssuerStore store;
    EXPECT_TRUE(store.add(encoded(leaf)));
    EXPECT_FALSE(store.find(leaf.certificate()->sha256()).has_value());
    EXPECT_TRUE(store.all().empty());
    EXPECT_FALSE(store.find(leaf.certificate()->sha256()).has_value());
}

TEST(IssuerStore, DropsTheLeastRecentlyUsefulWhenFull) {
    const auto root = Identity::root("Root");
    const auto a = root.intermediate("A");
    const auto b = root.intermediate("B");
    const auto c = root.intermediate("C");
    IssuerStore store(2);
    store.add(stored(a));
    store.add(stored(b));
    store.mark_useful(a.certificate()->sha256());
    EXPECT_TRUE(store.add(stored(c)));
    EXPECT_EQ(store.size(), 2u);
    EXPECT_TRUE(store.find(a.certificate()->sha256()).has_value());
    EXPECT_FALSE(store.find(b.certificate()->sha256()).has_value());
    EXPECT_TRUE(store.issuers_of(*b.leaf("leaf.test").certificate()).empty());
    EXPECT_EQ(store.all().size(), 2u);
}

TEST(IssuerStore, MayBeUsedByManyThreads) {
    const auto root = Identity::root("Root");
    std::vector<Identity> issuers;
    for (int i = 0; i < 16; ++i)
        issuers.push_back(root.intermediate("CA " + std::to_string(i % 4)));
    const auto leaf = issuers[0].leaf("leaf.test").certificate();
    IssuerStore store(8);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < 400; ++i) {
                const auto& issuer = issuers[static_cast<std::size_t>(i * 7 + t) % issuers.size()];
                store.add(stored(issuer));
                store.mark_useful(issuer.certificate()->sha256());
                store.issuers_of(*leaf);
            }
        });
    }
    for (auto& thread : threads)
        thread.join();
    EXPECT_EQ(store.size(), 8u);
}

}  // namespace
}  // namespace chainmend::test
