#include "proxy/files/revocation_store.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/revocation.h"
#include "tests/support/temporary_directory.h"

namespace chainmend::proxy {
namespace {

namespace fs = std::filesystem;
using test::Identity;
using test::noon;

// Root -> leaf.test, whose responses end a day after noon.
class RevocationStoreTest : public ::testing::Test {
  protected:
    std::shared_ptr<RevocationStore> open(Time at = noon()) const {
        return RevocationStore::open(directory / "responses", at);
    }
    void keep(RevocationStore& store) const {
        const auto write =
            store.keep_ocsp(leaf.certificate()->sha256(), "http://ocsp.test/", response, until, noon());
        ASSERT_TRUE(write);
        EXPECT_TRUE(write().ok());
    }
    fs::path file() const {
        return directory / "responses" / (to_hex(leaf.certificate()->sha256()) + ".ocsp");
    }
    bool has(RevocationStore& store, Time at = noon()) const {
        return store.find_ocsp(leaf.certificate()->sha256(), at).has_value();
    }

    const test::TemporaryDirectory directory;
    const Identity root = Identity::root("Root");
    const Identity leaf = root.leaf("leaf.test");
    const Bytes response = forge_response(*leaf.certificate(), root);
    const Time until = noon() + std::chrono::hours{24};
};

TEST_F(RevocationStoreTest, GivesAResponseUntilItEnds) {
    const auto store = open();
    keep(*store);
    EXPECT_TRUE(has(*store, until));
    EXPECT_FALSE(has(*store, until + std::chrono::seconds{1}));
}

TEST_F(RevocationStoreTest, FindsItAgainAfterARestartAndRemovesWhatHasEnded) {
    keep(*open());
    const auto found = open(until)->find_ocsp(leaf.certificate()->sha256(), until);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->ocsp, response);
    EXPECT_EQ(found->origin, "http://ocsp.test/");
    EXPECT_FALSE(has(*open(until + std::chrono::seconds{1}), noon()));
    EXPECT_FALSE(fs::exists(file()));
}

TEST_F(RevocationStoreTest, TakesNoDamagedResponse) {
    keep(*open());
    fs::resize_file(file(), 100);
    const auto store = open();
    EXPECT_FALSE(has(*store));
    EXPECT_FALSE(fs::exists(file()));
    ASSERT_EQ(store->notes().size(), 1U);
    EXPECT_NE(store->notes()[0].find("damaged"), std::string::npos);
}

TEST_F(RevocationStoreTest, FindsAListAgainHoweverLongItsUrl) {
    const auto url = "http://crl.test/" + std::string(1000, 'x');
    const auto crl = forge_crl({}, as_forged(root));
    EXPECT_TRUE(open()->keep_crl(url, crl, until, noon())().ok());
    const auto found = open()->find_crl(url, noon());
    ASSERT_TRUE(found);
    EXPECT_EQ(found->origin, url);
    EXPECT_EQ(found->crls.at(0)->der(), crl->der());
    EXPECT_FALSE(open()->find_crl(url + "x", noon()));
}

TEST_F(RevocationStoreTest, RemovesWhatHasEndedWhenSomethingNewComes) {
    const auto store = open();
    keep(*store);
    const auto later = until + std::chrono::seconds{1};
    EXPECT_TRUE(store->keep_crl("http://crl.test/", forge_crl({}, as_forged(root)), later, later)().ok());
    EXPECT_EQ(store->size(), 1U);
    EXPECT_FALSE(fs::exists(file()));
}

TEST_F(RevocationStoreTest, FollowsNoLink) {
    keep(*open());
    fs::rename(file(), directory / "elsewhere");
    fs::create_symlink(directory / "elsewhere", file());
    const auto store = open();
    EXPECT_FALSE(has(*store));
    EXPECT_TRUE(fs::exists(directory / "elsewhere"));
    EXPECT_EQ(store->notes().size(), 1U);
}

TEST_F(RevocationStoreTest, KeepsNoMoreOnTheDiskThanInMemory) {
    const auto store = open();
    keep(*store);
    // One more than there may be; what ends first goes.
    Sha256 other{};
    for (std::size_t number = 0; number < RevocationStore::max_entries; ++number) {
        other[0] = static_cast<std::uint8_t>(number);
        other[1] = static_cast<std::uint8_t>(number >> 8U);
        const auto write = store->keep_ocsp(other, "", {1}, until + std::chrono::hours{1}, noon());
        ASSERT_TRUE(write);
        if (number + 1 == RevocationStore::max_entries) {
            EXPECT_TRUE(write().ok());
        }
    }
    EXPECT_EQ(store->size(), RevocationStore::max_entries);
    EXPECT_FALSE(has(*store));
    EXPECT_FALSE(fs::exists(file()));
}

}  // namespace
}  // namespace chainmend::proxy
