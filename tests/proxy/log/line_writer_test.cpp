#include "proxy/log/line_writer.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "tests/support/temporary_directory.h"

namespace chainmend::proxy {
namespace {

std::string lost(std::uint64_t count) {
    return "lost " + std::to_string(count);
}

LineWriter::Line line(std::string text) {
    return [text = std::move(text)] { return text; };
}

std::unique_ptr<LineWriter> writer_to(const LineSink& sink,
                                      std::size_t capacity = LineWriter::default_capacity) {
    auto made = LineWriter::make(sink, lost, capacity);
    EXPECT_TRUE(made.ok());
    return std::move(made).value();
}

TEST(LineWriter, WritesLinesInOrderAndAppends) {
    const test::TemporaryDirectory directory;
    const auto file = directory.write("log", "before\n");
    {
        auto writer = writer_to({file, -1});
        for (int number = 0; number < 100; ++number)
            EXPECT_TRUE(writer->push(line(std::to_string(number))));
    }
    std::string expected = "before\n";
    for (int number = 0; number < 100; ++number)
        expected += std::to_string(number) + "\n";
    EXPECT_EQ(test::content_of(file), expected);
}

TEST(LineWriter, AFileThatCanNotBeOpenedIsAnError) {
    EXPECT_FALSE(LineWriter::make({"/nonexistent/log", -1}, lost).ok());
}

TEST(LineWriter, APipeNobodyReadsBlocksNeitherPushNorTheEndAndDropsAreCounted) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    std::uint64_t lines = 0;
    {
        auto writer = writer_to({"", ends[1]}, 10);
        const std::string large(4095, 'x');
        // The pipe holds 16 of these, the queue ten and the writer's hand ten more at most.
        for (int number = 0; number < 200; ++number)
            writer->push(line(large));
        lines = writer->lost();
    }
    EXPECT_GE(lines, 200U - 16U - 10U - 11U);
    ::close(ends[0]);
    ::close(ends[1]);
}

TEST(LineWriter, EndsSoonHoweverManyLinesWaitForAPipeNobodyReads) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const auto begin = std::chrono::steady_clock::now();
    {
        auto writer = writer_to({"", ends[1]});
        for (int number = 0; number < 1500; ++number)
            writer->push(line(std::string(4095, 'x')));
    }
    // The end waits for a second. A tenth for each line would be two minutes.
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds{20});
    ::close(ends[0]);
    ::close(ends[1]);
}

TEST(LineWriter, BeginsWithANewLineAfterATornOne) {
    const test::TemporaryDirectory directory;
    const auto file = directory.write("log", "whole\n{\"@timestamp\":\"torn");
    {
        auto writer = writer_to({file, -1});
        writer->push(line("first"));
        writer->push(line("second"));
    }
    EXPECT_EQ(test::content_of(file), "whole\n{\"@timestamp\":\"torn\nfirst\nsecond\n");
}

TEST(LineWriter, BeginsWithANewLineAfterATornOneInAFileThatStdoutWasSentTo) {
    const test::TemporaryDirectory directory;
    const auto file = directory.write("log", "torn");
    const int descriptor = ::open(file.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
    ASSERT_GE(descriptor, 0);
    writer_to({"", descriptor})->push(line("first"));
    ::close(descriptor);
    EXPECT_EQ(test::content_of(file), "torn\nfirst\n");
}

TEST(LineWriter, ATornLineIsEndedInTheFileThatIsOpenedAnewToo) {
    const test::TemporaryDirectory directory;
    const auto file = directory / "log";
    {
        auto writer = writer_to({file, -1});
        writer->push(line("before"));
        while (test::content_of(file) != "before\n")
            std::this_thread::yield();
        std::filesystem::remove(file);
        directory.write("log", "torn");
        writer->reopen();
        writer->push(line("after"));
    }
    EXPECT_EQ(test::content_of(file), "torn\nafter\n");
}

TEST(LineWriter, TellsHowManyLinesWereLost) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    std::string text;
    std::thread reader;
    std::uint64_t dropped = 0;
    {
        auto writer = writer_to({"", ends[1]}, 4);
        for (int number = 0; number < 100; ++number)
            writer->push(line(std::string(4095, 'x')));
        dropped = writer->lost();
        // Nobody has read yet, so some must have been dropped. From now on everything gets through.
        reader = std::thread([&] {
            char buffer[4096];
            for (ssize_t size; (size = ::read(ends[0], buffer, sizeof buffer)) > 0;) {
                text.append(buffer, static_cast<std::size_t>(size));
            }
        });
    }
    ::close(ends[1]);
    reader.join();
    ::close(ends[0]);
    EXPECT_GT(dropped, 0U);
    std::uint64_t told = 0;
    for (auto at = text.find("lost "); at != std::string::npos; at = text.find("lost ", at + 1)) {
        told += std::stoull(text.substr(at + 5));
    }
    EXPECT_EQ(told, dropped);
}

TEST(LineWriter, ReopenAfterARenameLosesNoLine) {
    const test::TemporaryDirectory directory;
    const auto file = directory / "log";
    const auto moved = directory / "log.old";
    {
        auto writer = writer_to({file, -1});
        for (int number = 0; number < 50; ++number)
            writer->push(line("a"));
        std::filesystem::rename(file, moved);
        writer->reopen();
        for (int number = 0; number < 50; ++number)
            writer->push(line("b"));
    }
    std::string before;
    std::string after;
    for (int number = 0; number < 50; ++number)
        before += "a\n", after += "b\n";
    EXPECT_EQ(test::content_of(moved), before);
    EXPECT_EQ(test::content_of(file), after);
}

TEST(LineWriter, RotatesBySizeAndKeepsSoManyOldFiles) {
    const test::TemporaryDirectory directory;
    const auto file = directory / "log";
    {
        auto writer = writer_to({file, -1, 100, 2});
        for (int number = 0; number < 10; ++number)
            writer->push(line(std::string(59, static_cast<char>('0' + number))));
    }
    EXPECT_EQ(test::content_of(file), std::string(59, '9') + "\n");
    EXPECT_EQ(test::content_of(file.string() + ".1"), std::string(59, '8') + "\n");
    EXPECT_EQ(test::content_of(file.string() + ".2"), std::string(59, '7') + "\n");
    EXPECT_FALSE(std::filesystem::exists(file.string() + ".3"));
}

TEST(LineWriter, LeavesTheOldFilesAloneWhenTheFullOneWasMovedAway) {
    const test::TemporaryDirectory directory;
    const auto file = directory / "log";
    const std::string half(59, 'x');
    {
        auto writer = writer_to({file, -1, 100, 2});
        writer->push(line("first"));
        while (test::content_of(file) != "first\n")
            std::this_thread::yield();
        // As logrotate does it, and before its signal has come the file is full.
        std::filesystem::rename(file, directory / "log.moved");
        directory.write("log.1", "older");
        writer->push(line(half));
        writer->push(line(half));
    }
    EXPECT_EQ(test::content_of(directory / "log.moved"), "first\n" + half + "\n");
    EXPECT_EQ(test::content_of(file), half + "\n");
    EXPECT_EQ(test::content_of(directory / "log.1"), "older");
    EXPECT_FALSE(std::filesystem::exists(directory / "log.2"));
}

TEST(LineWriter, AFullDiskLosesLinesAndIsCounted) {
    const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
    ASSERT_GE(full, 0);
    {
        auto writer = writer_to({"", full});
        for (int number = 0; number < 5; ++number)
            writer->push(line("x"));
        while (writer->lost() < 5)
            std::this_thread::yield();
        EXPECT_EQ(writer->lost(), 5U);
    }
    ::close(full);
}

}  // namespace
}  // namespace chainmend::proxy
