#include "proxy/files/atomic_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "proxy/files/input_file.h"
#include "tests/support/temporary_directory.h"

namespace chainmend::proxy {
namespace {

namespace fs = std::filesystem;

TEST(AtomicFile, ReplacesTheWholeContentAndLeavesNothingElse) {
    const test::TemporaryDirectory directory;
    ASSERT_TRUE(write_file_atomically(directory / "file", "the old and longer content", 0644));
    ASSERT_TRUE(write_file_atomically(directory / "file", "new", 0600, Durability::unsynced));
    EXPECT_EQ(test::content_of(directory / "file"), "new");
    EXPECT_EQ(std::distance(fs::directory_iterator(directory.path()), {}), 1);
}

TEST(AtomicFile, HasExactlyTheModeAskedForWhateverTheUmask) {
    const test::TemporaryDirectory directory;
    const mode_t before = umask(0077);
    ASSERT_TRUE(write_file_atomically(directory / "open", "", 0644));
    umask(0);
    ASSERT_TRUE(write_file_atomically(directory / "closed", "", 0600));
    umask(before);
    struct stat status {};
    ASSERT_EQ(stat((directory / "open").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777u, 0644u);
    ASSERT_EQ(stat((directory / "closed").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777u, 0600u);
}

TEST(AtomicFile, ReplacesASymbolicLinkAndNotWhatItPointsTo) {
    const test::TemporaryDirectory directory;
    directory.write("precious", "mine");
    fs::create_symlink(directory / "precious", directory / "link");
    ASSERT_TRUE(write_file_atomically(directory / "link", "new", 0644));
    EXPECT_EQ(test::content_of(directory / "precious"), "mine");
    EXPECT_EQ(test::content_of(directory / "link"), "new");
}

TEST(AtomicFile, SaysWhichFileCouldNotBeWritten) {
    const test::TemporaryDirectory directory;
    const auto written = write_file_atomically(directory / "missing/file", "x", 0644);
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().code, ErrorCode::not_found);
    EXPECT_NE(written.error().message.find("missing/file"), std::string::npos);
    fs::create_directory(directory / "taken");
    EXPECT_FALSE(write_file_atomically(directory / "taken", "x", 0644));
    EXPECT_EQ(std::distance(fs::directory_iterator(directory.path()), {}), 1);
}

TEST(MakeDirectories, MakesThoseThatAreMissingAndLeavesTheOthers) {
    const test::TemporaryDirectory directory;
    ASSERT_TRUE(make_directories(directory / "a/b/c/", 0700));
    EXPECT_TRUE(fs::is_directory(directory / "a/b/c"));
    ASSERT_TRUE(make_directories(directory / "a/b/c", 0700));
    directory.write("file", "");
    EXPECT_FALSE(make_directories(directory / "file", 0700));
    EXPECT_FALSE(make_directories(directory / "file/below", 0700));
}

TEST(InputFile, ReadsARegularFileAndFollowsASymbolicLinkToIt) {
    const test::TemporaryDirectory directory;
    fs::create_symlink(directory.write("file", "content"), directory / "link");
    for (const char* name : {"file", "link"}) {
        const auto bytes = read_input_file(directory / name, 7);
        ASSERT_TRUE(bytes) << bytes.error().message;
        EXPECT_EQ(as_text(*bytes), "content");
    }
}

TEST(InputFile, RefusesASymbolicLinkInADirectoryOfOurOwn) {
    const test::TemporaryDirectory directory;
    fs::create_symlink(directory.write("file", "content"), directory / "link");
    const auto bytes = read_input_file(directory / "link", 100, Symlinks::refuse);
    ASSERT_FALSE(bytes);
    EXPECT_NE(bytes.error().message.find("symbolic link"), std::string::npos);
}

TEST(InputFile, RefusesOneByteMoreThanAllowed) {
    const test::TemporaryDirectory directory;
    directory.write("file", "content");
    EXPECT_EQ(read_input_file(directory / "file", 6).error().code, ErrorCode::limit_exceeded);
    // A device says that its size is 0 and never ends; it is not read at all.
    EXPECT_FALSE(read_input_file("/dev/zero", 100));
    // A file of /proc says so as well, and is read up to the bound.
    EXPECT_EQ(read_input_file("/proc/self/environ", 1).error().code, ErrorCode::limit_exceeded);
}

TEST(InputFile, NeverWaitsForAFifoAndReadsNoDirectory) {
    const test::TemporaryDirectory directory;
    ASSERT_EQ(mkfifo((directory / "fifo").c_str(), 0600), 0);
    EXPECT_FALSE(read_input_file(directory / "fifo", 100));
    EXPECT_FALSE(read_input_file(directory.path(), 100));
    EXPECT_EQ(read_input_file(directory / "missing", 100).error().code, ErrorCode::not_found);
}

}  // namespace
}  // namespace chainmend::proxy
