#pragma once

#include <signal.h>
#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "config/result.h"

namespace chainmend::proxy {

/// How a program ended: with a status, or by a signal (then `status` is 128 + signal, as shells say it).
struct ChildEnd {
    int status = 0;
    int signal = 0;
};

/// Keeps the signals that are meant for a child in the queue instead of letting them end this process. Made
/// before the process has other threads, which inherit it; the destructor gives the thread its old mask back.
class HeldSignals {
  public:
    HeldSignals();
    ~HeldSignals();
    HeldSignals(const HeldSignals&) = delete;
    HeldSignals& operator=(const HeldSignals&) = delete;

    const sigset_t& held() const { return held_; }
    const sigset_t& before() const { return before_; }

  private:
    sigset_t held_;
    sigset_t before_;
};

/// A program that this process stands for: same terminal, same process group, and every signal that somebody
/// sends to this process goes on to it.
class ChildProcess {
  public:
    /// `arguments` is the program, looked for in PATH, and its arguments; `variables` are its whole
    /// environment, "NAME=VALUE". ErrorCode::not_found when there is no such program, ErrorCode::permission
    /// when it can not be executed.
    static Result<std::unique_ptr<ChildProcess>> start(const std::vector<std::string>& arguments,
                                                       const std::vector<std::string>& variables,
                                                       const HeldSignals& signals);

    /// Waits for its end and passes signals on meanwhile. What the terminal sends (Ctrl-C, hang-up) the child
    /// gets by itself, as a member of the process group. Once.
    ChildEnd wait();

  private:
    ChildProcess(pid_t pid, const HeldSignals& signals) : pid_(pid), signals_(signals) {}
    const pid_t pid_;
    const HeldSignals& signals_;
};

/// Ends this process by `signal`, so that whoever waits for it sees what the child ended by. Returns when
/// that signal does not end a process.
void end_by_signal(int signal);

}  // namespace chainmend::proxy
