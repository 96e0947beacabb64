#include "proxy/files/named_output.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sstream>
#include <thread>

#include "tests/support/temporary_directory.h"

namespace chainmend::proxy {
namespace {

namespace fs = std::filesystem;

class NamedOutput : public testing::Test {
  protected:
    Result<void> write(const std::string& file, std::string_view content, mode_t mode = 0644) {
        return write_named_output(file, content, mode, standard_output);
    }
    mode_t mode_of(const std::string& file) {
        struct stat status {};
        EXPECT_EQ(lstat(file.c_str(), &status), 0);
        return status.st_mode;
    }
    std::ptrdiff_t entries() const { return std::distance(fs::directory_iterator(directory.path()), {}); }

    const test::TemporaryDirectory directory;
    std::ostringstream standard_output;
};

TEST_F(NamedOutput, MakesAndReplacesFilesWithTheModeAskedFor) {
    ASSERT_TRUE(write(directory / "file", "the old and longer content", 0600));
    EXPECT_EQ(mode_of(directory / "file") & 07777U, 0600U);
    ASSERT_TRUE(write(directory / "file", "new", 0600));
    EXPECT_EQ(test::content_of(directory / "file"), "new");
    EXPECT_EQ(mode_of(directory / "file") & 07777U, 0600U);
    EXPECT_EQ(entries(), 1);
    EXPECT_EQ(standard_output.str(), "");
}

TEST_F(NamedOutput, GoesToTheFileBehindSymbolicLinksWhichStay) {
    fs::create_directory(directory / "other");
    directory.write("other/file", "old");
    fs::create_symlink("other/file", directory / "near");
    fs::create_symlink(directory / "near", directory / "far");
    ASSERT_TRUE(write(directory / "far", "new"));
    EXPECT_EQ(test::content_of(directory / "other/file"), "new");
    EXPECT_TRUE(fs::is_symlink(directory / "near"));
    EXPECT_TRUE(fs::is_symlink(directory / "far"));
    EXPECT_EQ(std::distance(fs::directory_iterator(directory / "other"), {}), 1);
}

TEST_F(NamedOutput, MakesTheFileThatALinkLeadsTo) {
    fs::create_symlink("later", directory / "link");
    ASSERT_TRUE(write(directory / "link", "new"));
    EXPECT_TRUE(fs::is_symlink(directory / "link"));
    EXPECT_EQ(test::content_of(directory / "later"), "new");
}

TEST_F(NamedOutput, LinksThatGoRoundAreAnError) {
    fs::create_symlink("b", directory / "a");
    fs::create_symlink("a", directory / "b");
    const auto written = write(directory / "a", "x");
    ASSERT_FALSE(written);
    EXPECT_NE(written.error().message.find(directory / "a"), std::string::npos);
    EXPECT_EQ(entries(), 2);
}

TEST_F(NamedOutput, GoesThroughAPipeWhichStays) {
    const std::string pipe = directory / "pipe";
    ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
    fs::create_symlink("pipe", directory / "link");
    for (const std::string& name : {pipe, (directory / "link").string()}) {
        std::string received;
        std::thread reader([&] { received = test::content_of(pipe); });
        const auto written = write(name, "through it");
        reader.join();
        ASSERT_TRUE(written) << written.error().message;
        EXPECT_EQ(received, "through it");
        EXPECT_TRUE(S_ISFIFO(mode_of(pipe)));
        EXPECT_EQ(entries(), 2);
    }
}

TEST_F(NamedOutput, GoesIntoADeviceWhichStays) {
    // A terminal of our own: nothing of the system's is at stake should this fail.
    const int terminal = posix_openpt(O_RDWR | O_NOCTTY);
    ASSERT_GE(terminal, 0);
    ASSERT_EQ(grantpt(terminal), 0);
    ASSERT_EQ(unlockpt(terminal), 0);
    const std::string name = ptsname(terminal);
    const auto written = write(name, "shown");
    ASSERT_TRUE(written) << written.error().message;
    char seen[16] = {};
    EXPECT_EQ(read(terminal, seen, sizeof seen), 5);
    EXPECT_STREQ(seen, "shown");
    EXPECT_TRUE(S_ISCHR(mode_of(name)));
    close(terminal);
}

TEST_F(NamedOutput, GoesIntoAFileThatHasNoNameAnyMore) {
    const std::string name = directory / "file";
    const int descriptor = open(name.c_str(), O_RDWR | O_CREAT, 0600);
    ASSERT_GE(descriptor, 0);
    ASSERT_EQ(unlink(name.c_str()), 0);
    ASSERT_TRUE(write("/dev/fd/" + std::to_string(descriptor), "kept"));
    char seen[16] = {};
    EXPECT_EQ(read(descriptor, seen, sizeof seen), 4);
    EXPECT_EQ(entries(), 0);
    close(descriptor);
}

TEST_F(NamedOutput, IsStandardOutputByItsNames) {
    ASSERT_TRUE(write("-", "one"));
    EXPECT_EQ(standard_output.str(), "one");
    EXPECT_TRUE(is_standard_output("/dev/stdout"));
    EXPECT_FALSE(is_standard_output("./-"));
    standard_output.setstate(std::ios::badbit);
    EXPECT_FALSE(write("-", "lost"));
}

TEST_F(NamedOutput, IsNoDirectory) {
    const auto written = write(directory.path().string(), "x");
    ASSERT_FALSE(written);
    EXPECT_NE(written.error().message.find("can not write " + directory.path().string()), std::string::npos);
}

}  // namespace
}  // namespace chainmend::proxy
