#include "proxy/files/trust_loader.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/pki.h"
#include "tests/support/temporary_directory.h"

namespace chainmend::proxy {
namespace {

using test::noon;

const std::vector<std::string> no_system{};

config::TrustSettings without_system() {
    config::TrustSettings settings;
    settings.system = false;
    return settings;
}

LoadedTrust from_files(const std::vector<std::filesystem::path>& files) {
    auto settings = without_system();
    for (const auto& file : files)
        settings.files.push_back(file.string());
    return load_trust(settings, noon(), no_system);
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

TEST(TrustLoader, ReadsPemDerAndPkcs7ByTheirContent) {
    const test::TemporaryDirectory directory;
    const auto one = test::Identity::root("One");
    const auto two = test::Identity::root("Two");
    const auto three = test::Identity::root("Three");
    const auto trust =
        from_files({directory.write("a.txt", one.pem()),
                    directory.write("b.pem", std::string(as_text(two.certificate()->der()))),
                    directory.write("c.crt", std::string(as_text(test::pkcs7({three.certificate()}))))});
    ASSERT_TRUE(trust.ok()) << trust.error().message;
    EXPECT_EQ(trust.store->anchors().size(), 3u);
    ASSERT_EQ(trust.origins.size(), 3u);
    for (const auto& origin : trust.origins)
        EXPECT_EQ(origin.anchors, 1u) << origin.file;
}

TEST(TrustLoader, FilesAddToTheSystemsBundle) {
    const test::TemporaryDirectory directory;
    const auto system = test::Identity::root("System");
    const auto own = test::Identity::root("Own");
    config::TrustSettings settings;
    settings.files = {directory.write("own.pem", own.pem() + system.pem()).string()};
    const auto trust = load_trust(
        settings, noon(), {directory / "missing.crt", directory.write("bundle.crt", system.pem()).string()});
    ASSERT_TRUE(trust.ok()) << trust.error().message;
    EXPECT_EQ(trust.store->anchors().size(), 2u);
    ASSERT_EQ(trust.origins.size(), 2u);
    EXPECT_EQ(trust.origins[0].origin, "system");
    EXPECT_EQ(trust.origins[0].file, (directory / "bundle.crt").string());
    EXPECT_EQ(trust.origins[1].anchors, 1u);
    EXPECT_EQ(trust.origins[1].duplicates, 1u);
    EXPECT_EQ(trust.store->find(system.certificate()->sha256())->origin, "system");
}

TEST(TrustLoader, EveryEndEntityCertificateIsAProblemOfItsOwn) {
    const test::TemporaryDirectory directory;
    const auto root = test::Identity::root("Corp Root");
    const auto trust = from_files(
        {directory.write("good.pem", root.pem()), directory.write("www.pem", root.leaf("www.corp").pem()),
         directory.write("two.pem", root.leaf("a.corp").pem() + root.leaf("b.corp").pem())});
    EXPECT_EQ(trust.store, nullptr);
    ASSERT_EQ(trust.problems.size(), 3u);
    EXPECT_EQ(trust.problems[0].setting, "trust.files[1]");
    EXPECT_TRUE(contains(trust.problems[0].message, (directory / "www.pem").string()));
    EXPECT_TRUE(contains(trust.problems[0].message, "\"www.corp\""));
    EXPECT_TRUE(contains(trust.problems[0].message, "not a CA"));
    EXPECT_TRUE(contains(trust.problems[0].message, "\"Corp Root\""));
    EXPECT_TRUE(contains(trust.problems[1].message, "\"a.corp\""));
    EXPECT_TRUE(contains(trust.problems[2].message, "\"b.corp\""));
    EXPECT_EQ(trust.error().code, ErrorCode::configuration);
}

TEST(TrustLoader, ASelfSignedServerCertificateIsNoAnchorEither) {
    const test::TemporaryDirectory directory;
    test::CertificateSpec spec;
    spec.common_name = "self.test";
    const auto trust = from_files({directory.write("self.pem", test::Identity::self_signed(spec).pem())});
    ASSERT_FALSE(trust.ok());
    EXPECT_TRUE(contains(trust.problems[0].message, "self.test"));
}

TEST(TrustLoader, ACaThatIsNotSelfSignedIsMaterialForPathsAndNoAnchor) {
    const test::TemporaryDirectory directory;
    const auto root = test::Identity::root("Root");
    const auto ca = root.intermediate("CA 1");
    const auto file = directory.write("bundle.pem", ca.pem() + root.pem());
    const auto trust = from_files({file});
    ASSERT_TRUE(trust.ok()) << trust.error().message;
    EXPECT_EQ(trust.store->anchors().size(), 1u);
    ASSERT_EQ(trust.issuers.size(), 1u);
    EXPECT_EQ(trust.issuers[0].certificate->sha256(), ca.certificate()->sha256());
    EXPECT_EQ(trust.issuers[0].origin, file.string());
    EXPECT_EQ(trust.origins[0].intermediates, 1u);
}

TEST(TrustLoader, IntermediatesBecomeAnchorsOnlyWhenToldSo) {
    const test::TemporaryDirectory directory;
    const auto ca = test::Identity::root("Root").intermediate("CA 1");
    auto settings = without_system();
    settings.files = {directory.write("ca.pem", ca.pem()).string()};
    const auto refused = load_trust(settings, noon(), no_system);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.problems[0].setting, "trust");
    EXPECT_TRUE(contains(refused.problems[0].message, "trust.intermediates_as_anchors"));
    settings.intermediates_as_anchors = true;
    EXPECT_TRUE(load_trust(settings, noon(), no_system).ok());
}

TEST(TrustLoader, NoAnchorAtAllIsAProblem) {
    const auto off = load_trust(without_system(), noon(), no_system);
    ASSERT_FALSE(off.ok());
    EXPECT_TRUE(contains(off.problems[0].message, "no trust anchor"));
    const auto missing = load_trust({}, noon(), {"/nonexistent/bundle.crt"});
    ASSERT_FALSE(missing.ok());
    ASSERT_EQ(missing.notes.size(), 1u);
    EXPECT_TRUE(contains(missing.notes[0], "/nonexistent/bundle.crt"));
}

TEST(TrustLoader, FilesThatCanNotBeReadOrHoldNothingAreProblemsAllAtOnce) {
    const test::TemporaryDirectory directory;
    ASSERT_EQ(mkfifo((directory / "fifo").c_str(), 0600), 0);
    const auto trust =
        from_files({directory.write("good.pem", test::Identity::root("Root").pem()),
                    directory / "missing.pem", directory.write("page.html", "<html>not found</html>"),
                    directory.write("empty.pem", ""), directory / "fifo"});
    ASSERT_EQ(trust.problems.size(), 4u);
    const char* names[] = {"missing.pem", "page.html", "empty.pem", "fifo"};
    for (std::size_t i = 0; i < 4; ++i) {
        EXPECT_EQ(trust.problems[i].setting, "trust.files[" + std::to_string(i + 1) + "]");
        EXPECT_TRUE(contains(trust.problems[i].message, names[i])) << trust.problems[i].message;
    }
}

TEST(TrustLoader, InADirectoryFilesWithoutCertificatesAreSkippedWithANote) {
    const test::TemporaryDirectory directory;
    const auto root = test::Identity::root("Root");
    directory.write("trust/root.pem", root.pem());
    directory.write("trust/README", "put roots here\n");
    directory.write("trust/key.pem", root.key_pem());
    directory.write("trust/.hidden", "x");
    directory.write("trust/sub/other.pem", test::Identity::root("Other").pem());
    auto settings = without_system();
    settings.dirs = {(directory / "trust").string()};
    const auto trust = load_trust(settings, noon(), no_system);
    ASSERT_TRUE(trust.ok()) << trust.error().message;
    EXPECT_EQ(trust.store->anchors().size(), 1u);
    EXPECT_EQ(trust.notes.size(), 2u);
    settings.dirs = {(directory / "missing").string()};
    EXPECT_EQ(load_trust(settings, noon(), no_system).problems[0].setting, "trust.dirs[0]");
}

TEST(TrustLoader, AnEndEntityCertificateInADirectoryIsAProblem) {
    const test::TemporaryDirectory directory;
    const auto root = test::Identity::root("Root");
    directory.write("trust/root.pem", root.pem());
    directory.write("trust/www.pem", root.leaf("www.corp").pem());
    auto settings = without_system();
    settings.dirs = {(directory / "trust").string()};
    const auto trust = load_trust(settings, noon(), no_system);
    ASSERT_EQ(trust.problems.size(), 1u);
    EXPECT_TRUE(contains(trust.problems[0].message, "www.corp"));
}

TEST(TrustLoader, AnEndEntityCertificateInTheSystemsBundleIsSkippedWithANote) {
    const test::TemporaryDirectory directory;
    const auto root = test::Identity::root("Root");
    const auto bundle = directory.write("bundle.crt", root.pem() + root.leaf("www.corp").pem());
    const auto trust = load_trust({}, noon(), {bundle.string()});
    ASSERT_TRUE(trust.ok()) << trust.error().message;
    EXPECT_EQ(trust.store->anchors().size(), 1u);
    ASSERT_EQ(trust.notes.size(), 1u);
    EXPECT_TRUE(contains(trust.notes[0], "www.corp"));
}

TEST(TrustLoader, LeavesOutWhatIsDistrusted) {
    const test::TemporaryDirectory directory;
    const auto good = test::Identity::root("Good");
    const auto bad = test::Identity::root("Bad");
    const auto worse = test::Identity::root("Worse");
    auto settings = without_system();
    settings.files = {directory.write("roots.pem", good.pem() + bad.pem() + worse.pem()).string()};
    settings.distrust = {to_hex(bad.certificate()->sha256()), to_hex(worse.certificate()->spki_sha256())};
    const auto trust = load_trust(settings, noon(), no_system);
    ASSERT_TRUE(trust.ok()) << trust.error().message;
    EXPECT_EQ(trust.store->anchors().size(), 1u);
    EXPECT_EQ(trust.notes.size(), 2u);
    EXPECT_EQ(trust.distrust.size(), 2u);
    settings.distrust = {"5F:0A", "zz"};
    EXPECT_EQ(load_trust(settings, noon(), no_system).problems.size(), 2u);
}

TEST(TrustLoader, NeverMakesAnAnchorOfTheProxysOwnCa) {
    const test::TemporaryDirectory directory;
    const auto root = test::Identity::root("Root");
    const auto own = test::Identity::root("chainmend CA");
    auto settings = without_system();
    settings.files = {directory.write("roots.pem", own.pem() + root.pem()).string()};
    const auto trust = load_trust(settings, {own.certificate()}, noon());
    ASSERT_TRUE(trust.ok()) << trust.error().message;
    ASSERT_EQ(trust.store->anchors().size(), 1u);
    EXPECT_EQ(trust.store->anchors()[0].certificate->display_name(), "Root");
    EXPECT_EQ(trust.distrust.size(), 0u) << "nobody has listed it";
    EXPECT_TRUE(certs::Distrust(trust.distrust).covers(*own.certificate()));
    EXPECT_EQ(trust.notes, std::vector<std::string>{
                               settings.files[0] + ": left out \"chainmend CA\": this proxy's own signing CA "
                                                   "is never trusted for servers"});
    settings.files = {directory.write("own.pem", own.pem()).string()};
    const auto nothing = load_trust(settings, {own.certificate()}, noon());
    ASSERT_EQ(nothing.problems.size(), 1u);
    EXPECT_TRUE(contains(nothing.problems[0].message, "(this proxy's own signing CA is never trusted"))
        << nothing.problems[0].message;
}

TEST(TrustLoader, NotesAnchorsThatHaveExpired) {
    const test::TemporaryDirectory directory;
    auto settings = without_system();
    settings.files = {directory.write("root.pem", test::Identity::root("Old").pem()).string()};
    const auto trust = load_trust(settings, noon() + std::chrono::days{4000}, no_system);
    ASSERT_EQ(trust.notes.size(), 1u);
    EXPECT_TRUE(contains(trust.notes[0], "\"Old\" expired on"));
}

TEST(TrustLoader, CountsExpiredAnchorsOfTheSystemWithoutANoteForEach) {
    const test::TemporaryDirectory directory;
    const auto bundle = directory.write("bundle.crt", test::Identity::root("Old").pem()).string();
    const auto trust = load_trust({}, noon() + std::chrono::days{4000}, {bundle});
    EXPECT_TRUE(trust.notes.empty());
    ASSERT_EQ(trust.origins.size(), 1u);
    EXPECT_EQ(trust.origins[0].expired, 1u);
}

TEST(TrustLoader, FindsTheBundleOfThisSystem) {
    if (access("/etc/ssl/certs/ca-certificates.crt", R_OK) != 0) GTEST_SKIP() << "no ca-certificates here";
    const auto trust = load_trust({}, noon());
    ASSERT_TRUE(trust.ok()) << trust.error().message;
    EXPECT_GT(trust.store->anchors().size(), 50u);
    EXPECT_EQ(trust.origins.front().origin, "system");
}

}  // namespace
}  // namespace chainmend::proxy
