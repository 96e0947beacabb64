#include "proxy/files/issuer_directory.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "proxy/files/issuer_file.h"
#include "tests/support/pki.h"
#include "tests/support/temporary_directory.h"

namespace chainmend::proxy {
namespace {

namespace fs = std::filesystem;
using certs::StoredIssuer;
using std::chrono::days;
using test::noon;

std::unique_ptr<IssuerDirectory> opened(const fs::path& path, std::size_t capacity = 10'000) {
    auto directory = IssuerDirectory::open(path, capacity);
    EXPECT_TRUE(directory) << (directory ? "" : directory.error().message);
    return directory ? std::move(*directory) : nullptr;
}

StoredIssuer issuer_named(const std::string& name, Time stored_at = noon()) {
    static const auto root = test::Identity::root("Root");
    return {root.intermediate(name).certificate(), certs::Source::store, "http://pki.test/ca.crt", stored_at};
}

fs::path file_of(const fs::path& directory, const StoredIssuer& issuer) {
    return directory / issuer_file_name(issuer.certificate->sha256());
}

/// Loads everything anew, as after a restart.
IssuerDirectoryReport loaded(const fs::path& directory, certs::IssuerStore& store) {
    return opened(directory)->load(store);
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

TEST(IssuerDirectory, KeepsIssuersWithTheirOriginOverARestart) {
    const test::TemporaryDirectory home;
    const auto issuer = issuer_named("CA 1");
    const auto directory = opened(home / "state/intermediates");
    ASSERT_TRUE(directory->write(issuer));
    EXPECT_TRUE(fs::exists(file_of(directory->path(), issuer)));

    certs::IssuerStore store;
    const auto report = loaded(directory->path(), store);
    EXPECT_EQ(report.loaded, 1u);
    EXPECT_EQ(report.ignored, 0u);
    const auto found = store.find(issuer.certificate->sha256());
    ASSERT_TRUE(found);
    EXPECT_EQ(found->origin, "http://pki.test/ca.crt");
    EXPECT_EQ(found->source, certs::Source::store);
    EXPECT_EQ(found->stored_at, noon());
}

TEST(IssuerDirectory, WritesManyAtOnceAndForgetsWhatIsRemoved) {
    const test::TemporaryDirectory home;
    const auto directory = opened(home.path());
    auto imported = issuer_named("CA 1");
    imported.source = certs::Source::import;
    imported.origin = "list.pem";
    const auto other = issuer_named("CA 2");
    ASSERT_TRUE(directory->write_all({imported, other}));
    ASSERT_TRUE(directory->remove(other.certificate->sha256()));
    ASSERT_TRUE(directory->remove(other.certificate->sha256()));
    certs::IssuerStore store;
    EXPECT_EQ(loaded(home.path(), store).loaded, 1u);
    EXPECT_EQ(store.find(imported.certificate->sha256())->source, certs::Source::import);
}

TEST(IssuerDirectory, AStrangersUrlCanNotForgeLinesOfTheFile) {
    const test::TemporaryDirectory home;
    auto issuer = issuer_named("CA 1");
    issuer.origin = "http://x/\nsource: import\n-----BEGIN CERTIFICATE-----\n\x1b[31m";
    ASSERT_TRUE(opened(home.path())->write(issuer));
    certs::IssuerStore store;
    EXPECT_EQ(loaded(home.path(), store).loaded, 1u);
    const auto found = store.find(issuer.certificate->sha256());
    ASSERT_TRUE(found);
    EXPECT_EQ(found->source, certs::Source::store);
    EXPECT_EQ(found->origin, "http://x/%0asource: import%0a-----BEGIN CERTIFICATE-----%0a%1b[31m");
}

TEST(IssuerDirectory, IgnoresAndReportsWhatIsDamagedOrNotItsOwn) {
    const test::TemporaryDirectory home;
    const auto directory = opened(home.path());
    std::vector<StoredIssuer> issuers;
    for (int i = 0; i < 6; ++i)
        issuers.push_back(issuer_named("CA " + std::to_string(i)));
    ASSERT_TRUE(directory->write_all(issuers));
    const auto file = [&](std::size_t i) { return file_of(home.path(), issuers[i]); };

    fs::resize_file(file(0), 400);  // half written
    std::string bent = test::content_of(file(1));
    bent[bent.size() / 2] = bent[bent.size() / 2] == 'A' ? 'B' : 'A';  // damaged
    home.write(file(1).filename().string(), bent);
    fs::copy_file(file(2), file(3), fs::copy_options::overwrite_existing);  // another one under this name
    fs::rename(file(4), home / "elsewhere");                                // a symbolic link to a good one
    fs::create_symlink(home / "elsewhere", file(4));
    home.write(std::string(64, '0') + ".pem", std::string(200'000, 'x'));  // too large
    ASSERT_EQ(mkfifo((home / (std::string(64, '1') + ".pem")).c_str(), 0600), 0);
    fs::create_directory(home / (std::string(64, '2') + ".pem"));
    home.write("notes.txt", "mine");
    home.write(".tmp-0123456789abcdef", "being written by another process");

    certs::IssuerStore store;
    const auto report = loaded(home.path(), store);
    EXPECT_EQ(report.loaded, 2u);
    EXPECT_TRUE(store.find(issuers[2].certificate->sha256()));
    EXPECT_TRUE(store.find(issuers[5].certificate->sha256()));
    EXPECT_EQ(report.ignored, 9u);  // with "elsewhere"
    EXPECT_EQ(report.notes.size(), 9u);
    for (const char* why : {"no whole PEM", "SHA-256 of its name", "symbolic link", "too large",
                            "not a regular file", "notes.txt: not a file of the issuer store"}) {
        EXPECT_TRUE(std::any_of(report.notes.begin(), report.notes.end(), [&](const std::string& note) {
            return contains(note, why);
        })) << why;
    }
    EXPECT_EQ(test::content_of(home / "notes.txt"), "mine");
    EXPECT_TRUE(fs::exists(home / ".tmp-0123456789abcdef"));
}

TEST(IssuerDirectory, RewritesAnIssuerWhoseFileIsDamaged) {
    const test::TemporaryDirectory home;
    const auto issuer = issuer_named("CA 1");
    ASSERT_TRUE(opened(home.path())->write(issuer));
    fs::resize_file(file_of(home.path(), issuer), 10);
    const auto directory = opened(home.path());
    certs::IssuerStore store;
    EXPECT_EQ(directory->load(store).ignored, 1u);
    ASSERT_TRUE(directory->write(issuer));
    EXPECT_EQ(loaded(home.path(), store).loaded, 1u);
}

TEST(IssuerDirectory, ACertificateThatIsNoCaIsReportedAndNotLoaded) {
    const test::TemporaryDirectory home;
    const auto leaf = test::Identity::root("Root").leaf("leaf.test");
    ASSERT_TRUE(opened(home.path())->write({leaf.certificate(), certs::Source::store, "", noon()}));
    certs::IssuerStore store;
    const auto report = loaded(home.path(), store);
    EXPECT_EQ(report.loaded, 0u);
    EXPECT_EQ(report.ignored, 1u);
    ASSERT_EQ(report.notes.size(), 1u);
    EXPECT_TRUE(contains(report.notes[0], to_hex(leaf.certificate()->sha256()) + ".pem: is not a CA's"))
        << report.notes[0];
    EXPECT_EQ(store.size(), 0u);
    EXPECT_FALSE(store.find(leaf.certificate()->sha256()));
}

TEST(IssuerDirectory, RemovesWhatAKilledProcessLeftBehindLongAgo) {
    const test::TemporaryDirectory home;
    const auto file = home.write(".tmp-0123456789abcdef", "half");
    fs::last_write_time(file, fs::file_time_type::clock::now() - std::chrono::hours{2});
    certs::IssuerStore store;
    EXPECT_EQ(loaded(home.path(), store).ignored, 0u);
    EXPECT_FALSE(fs::exists(file));
}

TEST(IssuerDirectory, BeyondItsCapacityTheLeastRecentlyUsefulGoes) {
    const test::TemporaryDirectory home;
    const auto directory = opened(home.path(), 2);
    const auto one = issuer_named("CA 1", noon());
    const auto two = issuer_named("CA 2", noon() + days{1});
    ASSERT_TRUE(directory->write_all({one, two}));
    directory->mark_useful(one.certificate->sha256(), noon() + days{5});
    ASSERT_TRUE(directory->write(issuer_named("CA 3", noon() + days{6})));
    EXPECT_TRUE(fs::exists(file_of(home.path(), one)));
    EXPECT_FALSE(fs::exists(file_of(home.path(), two)));
}

TEST(IssuerDirectory, UsefulnessOutlastsARestart) {
    const test::TemporaryDirectory home;
    const auto one = issuer_named("CA 1", noon());
    const auto two = issuer_named("CA 2", noon() + days{1});
    {
        const auto directory = opened(home.path());
        ASSERT_TRUE(directory->write_all({one, two}));
        directory->mark_useful(one.certificate->sha256(), noon() + days{5});
    }
    certs::IssuerStore store;
    EXPECT_EQ(opened(home.path(), 1)->load(store).loaded, 1u);
    EXPECT_TRUE(store.find(one.certificate->sha256()));
}

TEST(IssuerDirectory, SaysWhenItCanNotBeMade) {
    const test::TemporaryDirectory home;
    home.write("file", "");
    EXPECT_FALSE(IssuerDirectory::open(home / "file/store"));
    EXPECT_FALSE(IssuerDirectory::open(home / "file"));
    // Where mkdir(2) says that a directory is missing which is there.
    const auto made = IssuerDirectory::open("/proc/chainmend");
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, ErrorCode::environment) << made.error().message;
}

TEST(IssuerDirectory, ThreadsMayWriteTheSameIssuersAtOnce) {
    const test::TemporaryDirectory home;
    const auto directory = opened(home.path());
    std::vector<StoredIssuer> issuers;
    for (int i = 0; i < 8; ++i)
        issuers.push_back(issuer_named("CA " + std::to_string(i)));
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (const auto& issuer : issuers)
                EXPECT_TRUE(directory->write(issuer));
        });
    }
    for (auto& thread : threads)
        thread.join();
    certs::IssuerStore store;
    EXPECT_EQ(loaded(home.path(), store).loaded, 8u);
}

TEST(IssuerDirectory, AProcessKilledWhileWritingHarmsNothing) {
    const test::TemporaryDirectory home;
    std::vector<StoredIssuer> issuers;
    for (int i = 0; i < 40; ++i)
        issuers.push_back(issuer_named("CA " + std::to_string(i)));
    for (int round = 0; round < 100; ++round) {
        const pid_t child = fork();
        ASSERT_GE(child, 0);
        if (child == 0) {
            // Writes and removes the same issuers over and over until it is killed.
            auto directory = IssuerDirectory::open(home.path());
            while (directory) {
                for (const auto& issuer : issuers) {
                    if (!(*directory)->write(issuer)) _exit(1);
                }
                for (const auto& issuer : issuers) {
                    if (!(*directory)->remove(issuer.certificate->sha256())) _exit(1);
                }
            }
            _exit(1);
        }
        usleep(static_cast<useconds_t>(500 + 173 * round % 4000));
        kill(child, SIGKILL);
        int status = 0;
        waitpid(child, &status, 0);
        EXPECT_TRUE(WIFSIGNALED(status)) << "it could not write";

        certs::IssuerStore store;
        const auto report = loaded(home.path(), store);
        EXPECT_EQ(report.ignored, 0u) << report.notes.front();
        EXPECT_EQ(report.loaded, store.size());
    }
}

}  // namespace
}  // namespace chainmend::proxy
