#include "proxy/files/issuer_shelf.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/support/pki.h"
#include "tests/support/temporary_directory.h"

namespace chainmend::proxy {
namespace {

using std::chrono::days;
using test::Identity;
using test::noon;

class IssuerShelfTest : public ::testing::Test {
  protected:
    IssuerShelfTest() {
        settings.trust.system = false;
        settings.trust.files = {home.write("root.pem", root.pem()).string()};
        settings.repair.store = (home / "store").string();
    }

    std::unique_ptr<IssuerShelf> opened() {
        auto shelf = IssuerShelf::open(settings);
        EXPECT_TRUE(shelf) << (shelf ? "" : shelf.error().message);
        return shelf ? std::move(*shelf) : nullptr;
    }

    ImportReport imported(const std::vector<std::string>& inputs) {
        auto report = opened()->import(inputs, {.origin = {}, .now = noon(), .progress = {}}, {});
        EXPECT_TRUE(report) << (report ? "" : report.error().message);
        return report ? *report : ImportReport{};
    }

    const test::TemporaryDirectory home;
    const Identity root = Identity::root("Root");
    config::Settings settings;
};

TEST_F(IssuerShelfTest, ImportsADirectoryWhoseFilesCompleteEachOther) {
    const auto one = root.intermediate("CA 1");
    const auto two = one.intermediate("CA 2");
    home.write("in/a.pem", two.pem());
    home.write("in/b.der", std::string(as_text(one.certificate()->der())));
    home.write("in/README", "nothing here");
    const auto report = imported({(home / "in").string()});
    EXPECT_EQ(report.outcome.taken.size(), 2u);
    ASSERT_EQ(report.problems.size(), 1u);
    EXPECT_NE(report.problems[0].find("README"), std::string::npos);

    const auto issuers = opened()->issuers();
    ASSERT_EQ(issuers.size(), 2u);
    EXPECT_EQ(issuers[0].certificate->display_name(), "CA 1");
    EXPECT_EQ(issuers[0].source, certs::Source::import);
    EXPECT_EQ(issuers[0].origin, (home / "in/b.der").string());
    EXPECT_EQ(imported({(home / "in").string()}).outcome.known, 2u);
}

// Whatever has commas in its first line: the store's own files, what "openssl pkcs7 -print_certs" prints, and
// what people write on top.
TEST_F(IssuerShelfTest, ImportsPemBehindTextWithCommas) {
    const auto ca = root.intermediate("Example, Inc. CA");
    imported({home.write("in.pem", ca.pem()).string()});
    const auto stored = test::content_of(home / ("store/" + to_hex(ca.certificate()->sha256()) + ".pem"));
    ASSERT_EQ(stored.rfind("subject: CN=Example\\, Inc. CA\n", 0), 0u) << stored;
    settings.repair.store = (home / "another").string();
    int number = 0;
    for (const std::string& text :
         {stored, "subject=CN = CA, O = X\nissuer=CN = Root, O = X\n\n" + root.intermediate("CA 1").pem(),
          "# bundle, made 2026\r\n" + root.intermediate("CA 2").pem(),
          "# bundle, indented\n  " + root.intermediate("CA 3").pem()}) {
        const auto report = imported({home.write("in-" + std::to_string(++number), text).string()});
        EXPECT_EQ(report.outcome.taken.size(), 1u) << text;
        EXPECT_EQ(report.formats, std::vector<std::string>{"pem"}) << text;
    }
}

TEST_F(IssuerShelfTest, StillTellsATableFromPem) {
    const auto ca = root.intermediate("CA 1");
    const auto table = home.write("in.csv", "Owner,PEM\nSomebody,\"'" + ca.pem() + "'\"\n").string();
    EXPECT_EQ(imported({table}).formats, std::vector<std::string>{"csv"});
    const auto bad =
        home.write("bad.csv", "Owner,PEM\nSomebody,\"'-----BEGIN CERTIFICATE-----'\"\n").string();
    const auto report = opened()->import({bad}, {.origin = {}, .now = noon(), .progress = {}}, {});
    ASSERT_FALSE(report);
    EXPECT_NE(report.error().message.find("a table without a certificate"), std::string::npos)
        << report.error().message;
}

// Settings and directories: nothing may wait there for somebody who writes.
TEST_F(IssuerShelfTest, ReadsAPipeOnlyForAPerson) {
    const auto pipe = (home / "pipe").string();
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    const auto report = opened()->import({pipe}, {.origin = {}, .now = noon(), .progress = {}}, {});
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, ErrorCode::configuration);
    EXPECT_NE(report.error().message.find("is not a regular file"), std::string::npos)
        << report.error().message;
}

TEST_F(IssuerShelfTest, AFileThatWasNamedAndIsNotWhatItShouldBeStopsTheImport) {
    const auto good = home.write("good.pem", root.intermediate("CA 1").pem()).string();
    for (const std::string& bad : {(home / "missing.pem").string(), home.write("bad", "hello").string()}) {
        EXPECT_FALSE(opened()->import({good, bad}, {.origin = {}, .now = noon(), .progress = {}}, {}));
        EXPECT_TRUE(opened()->issuers().empty());
    }
}

TEST_F(IssuerShelfTest, FindsByNameAndByFingerprint) {
    const auto ca = root.intermediate("Example CA 7");
    imported({home.write("in.pem", ca.pem() + root.intermediate("Other").pem()).string()});
    const auto shelf = opened();
    EXPECT_EQ(shelf->find("example ca").size(), 1u);
    EXPECT_EQ(shelf->find(short_fingerprint(*ca.certificate())).size(), 1u);
    EXPECT_EQ(shelf->find("").size(), 2u);
    EXPECT_EQ(shelf->find("nobody").size(), 0u);
}

TEST_F(IssuerShelfTest, PrunesWhatHasExpiredAndWhatIsRevoked) {
    test::CertificateSpec brief;
    brief.not_after = noon() + days{5};
    const auto bad = root.intermediate("Bad");
    imported({home.write("in.pem", root.intermediate("Brief", brief).pem() + bad.pem() +
                                       root.intermediate("Good").pem())
                  .string()});
    PublicLists lists;
    lists.revoked.fingerprints.insert(bad.certificate()->sha256());
    ASSERT_TRUE(save_public_lists(settings.repair.store, lists));
    const auto removed = opened()->prune(noon() + days{6});
    ASSERT_TRUE(removed) << removed.error().message;
    EXPECT_EQ(removed->size(), 2u);
    const auto left = opened()->issuers();
    ASSERT_EQ(left.size(), 1u);
    EXPECT_EQ(left[0].certificate->display_name(), "Good");
}

}  // namespace
}  // namespace chainmend::proxy
