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
            store.keep_ocsp(leaf.certificate()->sha256(), "http://ocsp.test/", response, until);
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
    EXPECT_TRUE(has(*open(until), until));
    EXPECT_FALSE(has(*open(until + std::chrono::seconds{1}), noon()));
    EXPECT_FALSE(fs::exists(file()));
}

TEST_F(RevocationStoreTest, TakesNoDamagedResponse) {
    keep(*open());
    fs::resize_file(file(), 100);
    EXPECT_FALSE(has(*open()));
    EXPECT_FALSE(fs::exists(file()));
}

TEST_F(RevocationStoreTest, FollowsNoLink) {
    keep(*open());
    fs::rename(file(), directory / "elsewhere");
    fs::create_symlink(directory / "elsewhere", file());
    EXPECT_FALSE(has(*open()));
    EXPECT_TRUE(fs::exists(directory / "elsewhere"));
}

TEST_F(RevocationStoreTest, KeepsNoMoreOnTheDiskThanInMemory) {
    const auto store = open();
    keep(*store);
    // Large ones, which end later: the first to end goes for them.
    const Bytes large(RevocationStore::max_bytes / 2, 0);
    for (const std::string url : {"http://crl.test/1", "http://crl.test/2"}) {
        const auto write = store->keep_crl(url, large, nullptr, until + std::chrono::hours{1});
        ASSERT_TRUE(write);
        EXPECT_TRUE(write().ok());
    }
    EXPECT_EQ(store->size(), 2U);
    EXPECT_FALSE(has(*store));
    EXPECT_FALSE(fs::exists(file()));
}

}  // namespace
}  // namespace chainmend::proxy
