#include "proxy/io/command_run.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>

#include "proxy/files/input_file.h"
#include "tests/proxy/loop_test.h"
#include "tests/support/temporary_directory.h"

namespace chainmend::test {
namespace {

using namespace proxy;

class CommandRunning : public LoopTest {
  protected:
    /// Runs this line of shell to its end.
    std::string run(const std::string& script, std::chrono::milliseconds timeout = std::chrono::minutes{1}) {
        std::optional<std::string> trouble;
        CommandRun run{{"sh", "-c", script}, {"PATH=/usr/bin:/bin", "COLOUR=green"}, "the input\n", timeout};
        const auto operation =
            start_command(loop, std::move(run), [&](const CommandEnd& end) { trouble = end.trouble; });
        EXPECT_FALSE(trouble);
        run_until([&] { return trouble.has_value(); });
        return trouble.value_or("it never ended");
    }
    std::string text_in(const std::string& name) const {
        const auto bytes = read_input_file(name, 4096);
        return bytes ? std::string(as_text(*bytes)) : "";
    }

    TemporaryDirectory directory;
    std::string file = directory / "file";
};

TEST_F(CommandRunning, HandsTheInputOverAndNothingElse) {
    ASSERT_EQ(::setenv("SECRET_OF_THE_PROXY", "1", 1), 0);
    EXPECT_EQ(run("cat > " + file + "; env | sort | grep -v '^_\\|^PWD\\|^SHLVL' >> " + file), "");
    EXPECT_EQ(text_in(file), "the input\nCOLOUR=green\nPATH=/usr/bin:/bin\n");
}

TEST_F(CommandRunning, SaysHowItWentWrong) {
    EXPECT_EQ(run("exit 7"), "it ended with status 7");
    EXPECT_EQ(run("kill -9 $$"), "it was ended by signal 9");
    std::optional<std::string> trouble;
    const auto operation = start_command(loop, {{"/no/such/program"}, {}, "", std::chrono::seconds{1}},
                                         [&](const CommandEnd& end) { trouble = end.trouble; });
    run_until([&] { return trouble.has_value(); });
    EXPECT_EQ(trouble, "it can not be started: no such file or directory");
}

/// A pipe that a child, and what it starts, hold open for as long as they live.
class LifeLine {
  public:
    explicit LifeLine(const std::string& file) : file_(file) {
        if (::mkfifo(file.c_str(), 0600) != 0) throw std::runtime_error("mkfifo");
        reader_ = ::open(file.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    }
    ~LifeLine() { ::close(reader_); }
    LifeLine(const LifeLine&) = delete;
    LifeLine& operator=(const LifeLine&) = delete;

    /// For the beginning of a shell script.
    std::string hold() const { return "exec 3> " + file_ + "; echo held >&3; "; }
    bool was_held() {
        char text[16];
        return ::read(reader_, text, sizeof text) > 0;
    }
    bool is_cut() {
        char text[16];
        return ::read(reader_, text, sizeof text) == 0;
    }

  private:
    const std::string file_;
    int reader_ = -1;
};

TEST_F(CommandRunning, EndsWhatTakesTooLongWithAllItStarted) {
    LifeLine line(file);
    EXPECT_EQ(run(line.hold() + "sleep 1000 & wait", std::chrono::milliseconds{300}),
              "it did not end within 300 ms");
    run_until([&] { return line.is_cut(); });
}

TEST_F(CommandRunning, KillsWhatIgnoresTheFirstWord) {
    EXPECT_EQ(run("trap '' TERM; while :; do sleep 0.1; done", std::chrono::milliseconds{300}),
              "it did not end within 300 ms");
}

TEST_F(CommandRunning, DestroyedItIsKilledAndNobodyIsTold) {
    LifeLine line(file);
    CommandRun endless{
        {"sh", "-c", line.hold() + "sleep 1000"}, {"PATH=/usr/bin:/bin"}, "", std::chrono::minutes{1}};
    auto operation = start_command(loop, std::move(endless),
                                   [](const CommandEnd&) { ADD_FAILURE() << "somebody was told"; });
    run_until([&] { return line.was_held(); });
    operation.reset();
    run_until([&] { return line.is_cut(); });
}

}  // namespace
}  // namespace chainmend::test
