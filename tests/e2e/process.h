#pragma once

#include <sys/types.h>

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace chainmend::test {

/// What to run: a program, found on PATH, with exactly the environment that is given here and a small PATH
/// and the sanitizers' options from outside.
struct Command {
    std::vector<std::string> arguments;  ///< the program's name first
    std::map<std::string, std::string> environment;
    std::string directory;  ///< where it runs; its output is kept there as NAME.out and NAME.err
    std::string input;      ///< its standard input
};

/// How a program ended.
struct Outcome {
    int status = 0;  ///< exit status, or 128 + signal, as a shell says it
    std::string out;
    std::string err;
};

/// A child process of the test. Destroying it kills it if it still runs; no other process is ever signalled.
class Process {
  public:
    /// Throws std::runtime_error when it cannot be started: that fails the test.
    explicit Process(const Command& command) : Process(command, "") {}
    /// Writes to this terminal instead of files; out() and err() stay empty.
    Process(const Command& command, const std::string& terminal);
    ~Process();
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    pid_t pid() const { return pid_; }
    void signal(int number);
    bool running();
    /// Waits until it has ended. Nothing when it has not within `patience`.
    std::optional<int> wait(std::chrono::milliseconds patience = std::chrono::seconds{30});

    /// What it has written so far.
    std::string out() const;
    std::string err() const;

  private:
    pid_t pid_ = -1;
    std::optional<int> status_;
    std::string out_file_;
    std::string err_file_;
    bool is_terminal_ = false;
};

/// Runs a program to its end. One that takes longer than `patience` is killed and its status is -1.
Outcome run(const Command& command, std::chrono::milliseconds patience = std::chrono::seconds{60});

/// The same on a terminal of its own: both outputs are what it shows, with \r\n at the end of a line.
Outcome run_on_terminal(const Command& command,
                        std::chrono::milliseconds patience = std::chrono::seconds{60});

/// One step of waiting for another process: 10 ms.
void pause_once();

/// Calls `condition` until it holds or `patience` is over; tells which. For what only another process can
/// bring about.
template <class Condition>
bool wait_until(Condition condition, std::chrono::milliseconds patience = std::chrono::seconds{30}) {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end) return false;
        pause_once();
    }
    return true;
}

/// The whole of a file; empty when there is none.
std::string file_text(const std::string& path);

}  // namespace chainmend::test
