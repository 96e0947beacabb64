#include "proxy/files/signing_ca_directory.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "certs/mint.h"
#include "certs/path_validator.h"
#include "proxy/files/signing_certificate.h"
#include "tests/support/pki.h"
#include "tests/support/temporary_directory.h"

namespace chainmend::proxy {
namespace {

namespace fs = std::filesystem;
using test::noon;

const certs::SigningCaOptions options{.common_name = "chainmend on host.test"};

Result<SigningCaFiles> opened(const fs::path& directory, Time now = noon()) {
    return open_signing_ca(directory, options, now);
}

mode_t mode_of(const fs::path& path) {
    struct stat status {};
    EXPECT_EQ(stat(path.c_str(), &status), 0) << path;
    return status.st_mode & 07777u;
}

/// What open_signing_ca says against it; it must not have changed either file.
std::string refusal(const fs::path& directory, Time now = noon()) {
    const auto before = [&](const char* name) {
        return fs::exists(directory / name) ? test::content_of(directory / name) : std::string("none");
    };
    const std::string certificate = before("ca.pem");
    const std::string key = before("key.pem");
    const auto ca = opened(directory, now);
    EXPECT_EQ(before("ca.pem"), certificate);
    EXPECT_EQ(before("key.pem"), key);
    if (ca) return "";
    EXPECT_EQ(ca.error().code, ErrorCode::signing_ca) << ca.error().message;
    return ca.error().message;
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

TEST(SigningCaDirectory, MakesTheCaAtFirstStartAndLoadsItLater) {
    const test::TemporaryDirectory home;
    const fs::path directory = home / "state/chainmend/ca";
    const auto first = opened(directory);
    ASSERT_TRUE(first) << first.error().message;
    EXPECT_TRUE(first->made_now);
    EXPECT_EQ(first->certificate_file, directory / "ca.pem");
    const auto second = opened(directory);
    ASSERT_TRUE(second) << second.error().message;
    EXPECT_FALSE(second->made_now);
    EXPECT_EQ(first->ca->certificate()->sha256(), second->ca->certificate()->sha256());
    EXPECT_EQ(test::content_of(directory / "ca.pem"), first->ca->certificate()->pem());
}

TEST(SigningCaDirectory, KeepsTheKeyFromOthersWhateverTheUmask) {
    const test::TemporaryDirectory home;
    const mode_t umask_before = umask(0);
    const auto ca = opened(home / "ca");
    umask(umask_before);
    ASSERT_TRUE(ca) << ca.error().message;
    EXPECT_EQ(mode_of(home / "ca"), 0700u);
    EXPECT_EQ(mode_of(home / "ca/key.pem"), 0600u);
    EXPECT_EQ(mode_of(home / "ca/ca.pem"), 0644u);
}

TEST(SigningCaDirectory, TwoInstallationsHaveDifferentKeys) {
    const test::TemporaryDirectory home;
    EXPECT_NE(opened(home / "one")->ca->certificate()->spki_sha256(),
              opened(home / "other")->ca->certificate()->spki_sha256());
}

TEST(SigningCaDirectory, LoadingNeverMakesAnything) {
    const test::TemporaryDirectory home;
    const auto ca = load_signing_ca(home / "ca", noon());
    ASSERT_FALSE(ca);
    EXPECT_EQ(ca.error().code, ErrorCode::not_found);
    EXPECT_TRUE(fs::is_empty(home.path()));
}

TEST(SigningCaDirectory, AnEmptyDirectoryAndATrailingSlashWillDo) {
    const test::TemporaryDirectory home;
    ASSERT_EQ(mkdir((home / "ca").c_str(), 0700), 0);
    const auto ca = opened((home / "ca").string() + "/");
    ASSERT_TRUE(ca) << ca.error().message;
    EXPECT_TRUE(ca->made_now);
    EXPECT_EQ(ca->certificate_file, home / "ca/ca.pem");
}

TEST(SigningCaDirectory, RefusesWhatOtherUsersMayRead) {
    for (const auto& [name, mode, repair] : {std::tuple{"", 0750, "chmod 700"},
                                             {"", 0701, "chmod 700"},
                                             {"key.pem", 0640, "chmod 600"},
                                             {"key.pem", 0604, "chmod 600"},
                                             {"ca.pem", 0664, "chmod 644"}}) {
        const test::TemporaryDirectory home;
        ASSERT_TRUE(opened(home / "ca"));
        ASSERT_EQ(chmod((home / "ca" / name).c_str(), static_cast<mode_t>(mode)), 0);
        const std::string why = refusal(home / "ca");
        EXPECT_TRUE(contains(why, "open to other users") && contains(why, repair)) << why;
    }
}

TEST(SigningCaDirectory, RefusesWhatBelongsToAnotherUser) {
    if (geteuid() != 0) GTEST_SKIP() << "only root can give files away";
    const test::TemporaryDirectory home;
    ASSERT_TRUE(opened(home / "ca"));
    ASSERT_EQ(chown((home / "ca/key.pem").c_str(), 12345, 12345), 0);
    EXPECT_TRUE(contains(refusal(home / "ca"), "belongs to user 12345"));
}

TEST(SigningCaDirectory, RefusesHalfACa) {
    for (const char* name : {"ca.pem", "key.pem"}) {
        const test::TemporaryDirectory home;
        ASSERT_TRUE(opened(home / "ca"));
        fs::remove(home / "ca" / name);
        const std::string why = refusal(home / "ca");
        EXPECT_TRUE(contains(why, std::string(name) + " is missing")) << why;
    }
}

TEST(SigningCaDirectory, RefusesAKeyOfAnotherCa) {
    const test::TemporaryDirectory home;
    ASSERT_TRUE(opened(home / "ca"));
    ASSERT_TRUE(opened(home / "other"));
    fs::copy_file(home / "other/key.pem", home / "ca/key.pem", fs::copy_options::overwrite_existing);
    EXPECT_TRUE(contains(refusal(home / "ca"), "does not belong"));
}

TEST(SigningCaDirectory, RefusesAnExpiredCa) {
    const test::TemporaryDirectory home;
    ASSERT_TRUE(opened(home / "ca"));
    EXPECT_TRUE(contains(refusal(home / "ca", noon() + std::chrono::days{4000}), "expired on"));
}

TEST(SigningCaDirectory, RefusesTruncatedEmptyAndHugeFiles) {
    for (const char* name : {"ca.pem", "key.pem"}) {
        for (const std::uintmax_t size : {std::uintmax_t{0}, std::uintmax_t{100}, std::uintmax_t{1} << 20}) {
            const test::TemporaryDirectory home;
            ASSERT_TRUE(opened(home / "ca"));
            fs::resize_file(home / "ca" / name, size);
            EXPECT_NE(refusal(home / "ca"), "") << name << " of " << size << " bytes";
        }
    }
}

TEST(SigningCaDirectory, RefusesAFifoWithoutWaitingForIt) {
    const test::TemporaryDirectory home;
    ASSERT_TRUE(opened(home / "ca"));
    fs::remove(home / "ca/key.pem");
    ASSERT_EQ(mkfifo((home / "ca/key.pem").c_str(), 0600), 0);
    const auto ca = opened(home / "ca");
    ASSERT_FALSE(ca);
    EXPECT_TRUE(contains(ca.error().message, "not a regular file"));
}

TEST(SigningCaDirectory, LeavesOtherPeoplesFilesAlone) {
    const test::TemporaryDirectory home;
    ASSERT_EQ(mkdir((home / "ca").c_str(), 0700), 0);
    home.write("ca/notes.txt", "mine");
    EXPECT_TRUE(contains(refusal(home / "ca"), "holds other files"));
    EXPECT_EQ(test::content_of(home / "ca/notes.txt"), "mine");
    EXPECT_EQ(std::distance(fs::directory_iterator(home / "ca"), {}), 1);
}

TEST(SigningCaDirectory, SaysWhichDirectoryCanNotBeMade) {
    const test::TemporaryDirectory home;
    home.write("file", "");
    const auto ca = opened(home / "file/ca");
    ASSERT_FALSE(ca);
    EXPECT_TRUE(contains(ca.error().message, (home / "file").string())) << ca.error().message;
}

/// A process that opens the CA and ends with 0 when it worked. It must not return into the test.
pid_t start_opening(const fs::path& directory) {
    const pid_t child = fork();
    if (child == 0) _exit(opened(directory) ? 0 : 1);
    return child;
}

TEST(SigningCaDirectory, ProcessesThatStartAtOnceMakeOneCa) {
    const test::TemporaryDirectory home;
    std::vector<pid_t> children;
    for (int i = 0; i < 6; ++i)
        children.push_back(start_opening(home / "ca"));
    for (const pid_t child : children) {
        int status = 0;
        ASSERT_EQ(waitpid(child, &status, 0), child);
        EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    EXPECT_TRUE(load_signing_ca(home / "ca", noon()));
    // The CA and the lock; nothing unfinished.
    EXPECT_EQ(std::distance(fs::directory_iterator(home.path()), {}), 2);
}

TEST(SigningCaDirectory, AKillAtAnyMomentLeavesNoCaOrAWholeOne) {
    for (int microseconds = 0; microseconds < 6000; microseconds += 60) {
        const test::TemporaryDirectory home;
        const pid_t child = start_opening(home / "ca");
        ASSERT_GT(child, 0);
        usleep(static_cast<useconds_t>(microseconds));
        kill(child, SIGKILL);
        waitpid(child, nullptr, 0);
        const auto left = load_signing_ca(home / "ca", noon());
        EXPECT_TRUE(left || left.error().code == ErrorCode::not_found) << left.error().message;
        const auto ca = opened(home / "ca");
        ASSERT_TRUE(ca) << ca.error().message;
        if (left) {
            EXPECT_EQ(left->ca->certificate()->sha256(), ca->ca->certificate()->sha256());
        }
        EXPECT_EQ(std::distance(fs::directory_iterator(home / "ca"), {}), 2);
    }
}

/// A CA as the two files have it.
struct Texts {
    std::string certificate;
    std::string key;
};

Texts another_ca() {
    const auto ca = certs::SigningCa::make({.common_name = "Another CA"}, noon());
    return {(*ca)->certificate()->pem(), *(*ca)->key_pem()};
}

TEST(SigningCaDirectory, ReplacesTheCaAndKeepsTheCertificateOfTheOneBefore) {
    const test::TemporaryDirectory home;
    const auto before = opened(home / "ca");
    ASSERT_TRUE(before);
    const auto old_key = test::content_of(home / "ca/key.pem");
    const auto texts = another_ca();
    const auto replaced = replace_signing_ca(home / "ca", texts.certificate, texts.key, noon());
    ASSERT_TRUE(replaced) << replaced.error().message;
    EXPECT_EQ(replaced->ca->certificate()->display_name(), "Another CA");
    EXPECT_EQ(test::content_of(home / "ca/previous.pem"), before->ca->certificate()->pem());
    EXPECT_NE(test::content_of(home / "ca/key.pem"), old_key);
    // The CA and the lock: nothing is left of the other, and the old key is nowhere.
    EXPECT_EQ(std::distance(fs::directory_iterator(home.path()), {}), 2);
    ASSERT_TRUE(load_signing_ca(home / "ca", noon()));

    const auto to_trust = load_certificates_to_trust(home / "ca", noon());
    ASSERT_TRUE(to_trust);
    EXPECT_EQ(to_trust->size(), 2U);
    const auto later = load_certificates_to_trust(home / "ca", noon() + std::chrono::days{4000});
    ASSERT_TRUE(later);
    EXPECT_EQ(later->size(), 1U) << "the one before has expired";
    EXPECT_EQ(load_own_cas(home / "ca")->size(), 2U) << "neither may ever vouch for a server";
}

/// Whether who trusts only `anchor` accepts what `ca` mints.
bool is_trusted_through(const certs::CertificatePtr& anchor, const certs::SigningCaPtr& ca, Time now) {
    const auto mint = certs::Mint::make(ca, {});
    const auto host = certs::ReferenceIdentity::from_host("leaf.test").value();
    const auto minted =
        (*mint)->certificate_for(host, certs::KeyType::ecdsa_p256, now + std::chrono::days{30}, now);
    certs::VerifyRequest request;
    request.at = now;
    request.identity = host;
    return certs::judge_path({(*minted)->certificate, anchor}, request).ok();
}

TEST(SigningCaDirectory, RenewsItsOwnCaSoThatNoClientNotices) {
    const test::TemporaryDirectory home;
    auto ending = signing_ca_options({});
    ending.validity = std::chrono::days{91};
    const auto before = open_signing_ca(home / "ca", ending, noon());
    ASSERT_TRUE(before);
    EXPECT_FALSE(is_to_be_renewed(*before->ca, noon()));
    const Time later = noon() + std::chrono::days{2};
    ASSERT_TRUE(is_to_be_renewed(*before->ca, later));
    const auto renewed = renew_signing_ca(home / "ca", *before->ca, later);
    ASSERT_TRUE(renewed) << renewed.error().message;
    EXPECT_FALSE(is_to_be_renewed(*renewed->ca, later));
    const auto& old_one = before->ca->certificate();
    const auto& new_one = renewed->ca->certificate();
    EXPECT_NE(new_one->sha256(), old_one->sha256());
    EXPECT_EQ(new_one->spki_sha256(), old_one->spki_sha256());
    EXPECT_EQ(new_one->subject(), old_one->subject());
    EXPECT_GT(*new_one->not_after(), later + std::chrono::days{3000});
    EXPECT_TRUE(is_trusted_through(old_one, renewed->ca, later));
    EXPECT_TRUE(is_trusted_through(new_one, renewed->ca, later));
    EXPECT_EQ(test::content_of(home / "ca/previous.pem"), old_one->pem());
    ASSERT_TRUE(load_signing_ca(home / "ca", later));
}

TEST(SigningCaDirectory, KnowsUnderWhichCertificateClientsTrustItUntilThatEnds) {
    const test::TemporaryDirectory home;
    auto ending = signing_ca_options({});
    ending.validity = std::chrono::days{91};
    const auto before = open_signing_ca(home / "ca", ending, noon());
    ASSERT_TRUE(before);
    EXPECT_TRUE(before->former.empty());
    const Time later = noon() + std::chrono::days{2};
    const auto renewed = renew_signing_ca(home / "ca", *before->ca, later);
    ASSERT_TRUE(renewed);
    ASSERT_EQ(renewed->former.size(), 1U);
    const auto loaded = load_signing_ca(home / "ca", later);
    ASSERT_TRUE(loaded);
    ASSERT_EQ(loaded->former.size(), 1U);
    EXPECT_EQ(loaded->former[0]->sha256(), before->ca->certificate()->sha256());
    EXPECT_TRUE(load_signing_ca(home / "ca", noon() + std::chrono::days{92})->former.empty());

    // Another key: nobody who trusts the old one alone is served any more, whenever it ends.
    const auto other = certs::SigningCa::make(ending, later);
    ASSERT_TRUE(other);
    const auto key = (*other)->key_pem();
    ASSERT_TRUE(key);
    ASSERT_TRUE(replace_signing_ca(home / "ca", (*other)->certificate()->pem(), *key, later));
    EXPECT_TRUE(load_signing_ca(home / "ca", later)->former.empty());
}

TEST(SigningCaDirectory, LeavesTheRenewalOfAnothersCaToThem) {
    const auto ca =
        certs::SigningCa::make({.common_name = "Corp CA", .validity = std::chrono::days{10}}, noon());
    EXPECT_FALSE(is_to_be_renewed(**ca, noon()));
}

TEST(SigningCaDirectory, IsNotReplacedByWhatDoesNotFit) {
    const test::TemporaryDirectory home;
    ASSERT_TRUE(opened(home / "ca"));
    const auto before = test::content_of(home / "ca/ca.pem");
    EXPECT_FALSE(replace_signing_ca(home / "ca", another_ca().certificate, another_ca().key, noon()));
    home.write("ca/notes.txt", "mine");
    const auto texts = another_ca();
    const auto refused = replace_signing_ca(home / "ca", texts.certificate, texts.key, noon());
    ASSERT_FALSE(refused);
    EXPECT_TRUE(contains(refused.error().message, "notes.txt")) << refused.error().message;
    EXPECT_EQ(test::content_of(home / "ca/ca.pem"), before);
    EXPECT_EQ(test::content_of(home / "ca/notes.txt"), "mine");
}

TEST(SigningCaDirectory, AKillWhileItIsReplacedLeavesOneOfTheTwoWhole) {
    const auto texts = another_ca();
    for (int microseconds = 0; microseconds < 4000; microseconds += 80) {
        const test::TemporaryDirectory home;
        ASSERT_TRUE(opened(home / "ca"));
        const pid_t child = fork();
        if (child == 0) _exit(replace_signing_ca(home / "ca", texts.certificate, texts.key, noon()) ? 0 : 1);
        usleep(static_cast<useconds_t>(microseconds));
        kill(child, SIGKILL);
        waitpid(child, nullptr, 0);
        const auto left = load_signing_ca(home / "ca", noon());
        EXPECT_TRUE(left) << left.error().message;
    }
}

}  // namespace
}  // namespace chainmend::proxy
