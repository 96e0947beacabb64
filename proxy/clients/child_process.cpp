#include "proxy/clients/child_process.h"

#include <errno.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "proxy/files/atomic_file.h"

namespace chainmend::proxy {
namespace {

/// Those a person or a supervisor sends to a program it wants something of. TSTP, TTIN, TTOU and CONT stay
/// with the terminal and the shell: both processes stop and go on together.
constexpr int passed_on[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM, SIGWINCH};

std::vector<char*> pointers(const std::vector<std::string>& texts) {
    std::vector<char*> found;
    found.reserve(texts.size() + 1);
    for (const auto& text : texts)
        found.push_back(const_cast<char*>(text.c_str()));  // posix_spawn does not change them
    found.push_back(nullptr);
    return found;
}

/// A signal's disposition and mask as they were before this process changed them.
struct SpawnAttributes {
    explicit SpawnAttributes(const sigset_t& mask) {
        posix_spawnattr_init(&value);
        sigset_t ignored_here;
        sigemptyset(&ignored_here);
        sigaddset(&ignored_here, SIGPIPE);
        posix_spawnattr_setsigdefault(&value, &ignored_here);
        posix_spawnattr_setsigmask(&value, &mask);
        posix_spawnattr_setflags(&value, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    }
    ~SpawnAttributes() { posix_spawnattr_destroy(&value); }
    SpawnAttributes(const SpawnAttributes&) = delete;
    SpawnAttributes& operator=(const SpawnAttributes&) = delete;

    posix_spawnattr_t value;
};

ChildEnd decoded(int status) {
    if (WIFSIGNALED(status)) return {128 + WTERMSIG(status), WTERMSIG(status)};
    return {WEXITSTATUS(status), 0};
}

}  // namespace

HeldSignals::HeldSignals() {
    sigemptyset(&held_);
    for (const int signal : passed_on)
        sigaddset(&held_, signal);
    sigaddset(&held_, SIGCHLD);
    // Ignored from outside, it would take the child's status away before anybody has asked for it.
    ::signal(SIGCHLD, SIG_DFL);
    pthread_sigmask(SIG_BLOCK, &held_, &before_);
}

HeldSignals::~HeldSignals() {
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

Result<std::unique_ptr<ChildProcess>> ChildProcess::start(const std::vector<std::string>& arguments,
                                                          const std::vector<std::string>& variables,
                                                          const HeldSignals& signals) {
    const SpawnAttributes attributes(signals.before());
    auto argument_pointers = pointers(arguments);
    auto variable_pointers = pointers(variables);
    pid_t pid = 0;
    const int error = posix_spawnp(&pid, arguments.front().c_str(), nullptr, &attributes.value,
                                   argument_pointers.data(), variable_pointers.data());
    if (error == ENOENT) return Error{ErrorCode::not_found, "there is no program " + arguments.front()};
    if (error == EACCES)
        return Error{ErrorCode::permission, arguments.front() + " can not be executed: permission denied"};
    if (error != 0) return system_error("can not start " + arguments.front(), error);
    return std::unique_ptr<ChildProcess>(new ChildProcess(pid, signals));
}

ChildEnd ChildProcess::wait() {
    for (;;) {
        int status = 0;
        const pid_t ended = waitpid(pid_, &status, WNOHANG);
        if (ended == pid_) return decoded(status);
        siginfo_t received;
        const int signal = sigwaitinfo(&signals_.held(), &received);
        if (signal < 0 || signal == SIGCHLD) continue;
        const bool from_the_terminal = received.si_code == SI_KERNEL;
        if (!from_the_terminal) kill(pid_, signal);
    }
}

void end_by_signal(int number) {
    const rlimit none{0, 0};  // the child has left a core if it was to
    setrlimit(RLIMIT_CORE, &none);
    ::signal(number, SIG_DFL);
    sigset_t only;
    sigemptyset(&only);
    sigaddset(&only, number);
    pthread_sigmask(SIG_UNBLOCK, &only, nullptr);
    raise(number);
}

}  // namespace chainmend::proxy
