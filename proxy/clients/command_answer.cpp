#include "proxy/clients/command_answer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>

#include "proxy/files/file_descriptor.h"

namespace chainmend::proxy {
namespace {

/// A certificate in a database has some KiB.
constexpr std::size_t max_answer_bytes = 1024 * 1024;

constexpr int status_not_found = 127;  // as shells have it

using Clock = std::chrono::steady_clock;

/// A Java or a large Python library starts in a second, on a loaded machine in a few.
constexpr std::chrono::seconds patience{10};
/// Between two looks at whether a program that has said everything has ended.
constexpr int look_again_ms = 5;

struct FileActions {
    FileActions() { posix_spawn_file_actions_init(&value); }
    ~FileActions() { posix_spawn_file_actions_destroy(&value); }
    FileActions(const FileActions&) = delete;
    FileActions& operator=(const FileActions&) = delete;
    posix_spawn_file_actions_t value;
};

enum class Group { own, new_one };

/// This process ignores SIGPIPE; others expect to be ended by it. A program that is only asked is in a group
/// of its own, so that it can be killed with what it has started.
struct Attributes {
    explicit Attributes(Group group) {
        posix_spawnattr_init(&value);
        sigset_t ignored_here;
        sigemptyset(&ignored_here);
        sigaddset(&ignored_here, SIGPIPE);
        posix_spawnattr_setsigdefault(&value, &ignored_here);
        const int more =
            group == Group::new_one ? POSIX_SPAWN_SETPGROUP : 0;  // its number is 0: the child's own
        posix_spawnattr_setflags(&value, static_cast<short>(POSIX_SPAWN_SETSIGDEF | more));
    }
    ~Attributes() { posix_spawnattr_destroy(&value); }
    Attributes(const Attributes&) = delete;
    Attributes& operator=(const Attributes&) = delete;
    posix_spawnattr_t value;
};

/// -1 when it could not be started.
pid_t start(const std::vector<std::string>& arguments, const FileActions& actions, Group group) {
    std::vector<char*> pointers;
    for (const auto& argument : arguments)
        pointers.push_back(const_cast<char*>(argument.c_str()));  // posix_spawn does not change them
    pointers.push_back(nullptr);
    const Attributes attributes(group);
    pid_t pid = -1;
    const int error =
        posix_spawnp(&pid, pointers.front(), &actions.value, &attributes.value, pointers.data(), environ);
    return error == 0 ? pid : -1;
}

int decoded(int status) {
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int wait_for(pid_t pid) {
    int status = 0;
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) return status_not_found;
    }
    return decoded(status);
}

int milliseconds_until(Clock::time_point end) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()).count();
    return static_cast<int>(std::max<std::int64_t>(left, 0));
}

/// What is written until everybody has closed the other end, or until `end`.
std::string read_until(int descriptor, Clock::time_point end) {
    std::string text;
    char buffer[4096];
    for (;;) {
        pollfd waiting{descriptor, POLLIN, 0};
        const int ready = poll(&waiting, 1, milliseconds_until(end));
        if (ready == 0) return text;
        if (ready < 0 && errno != EINTR) return text;
        if (ready < 0) continue;
        const ssize_t count = read(descriptor, buffer, sizeof buffer);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return text;
        if (text.size() < max_answer_bytes) text.append(buffer, static_cast<std::size_t>(count));
    }
}

/// Kills the group of `pid` when it has not ended by then.
int wait_until(pid_t pid, Clock::time_point end) {
    int status = 0;
    while (waitpid(pid, &status, WNOHANG) == 0) {
        if (Clock::now() >= end) {
            kill(-pid, SIGKILL);
            return wait_for(pid);
        }
        poll(nullptr, 0, look_again_ms);
    }
    return decoded(status);
}

}  // namespace

CommandAnswer ask_command(const std::vector<std::string>& arguments) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return {status_not_found, ""};
    const FileDescriptor reading(ends[0]);
    FileActions actions;
    pid_t pid = -1;
    {
        const FileDescriptor writing(ends[1]);
        posix_spawn_file_actions_addopen(&actions.value, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        posix_spawn_file_actions_addopen(&actions.value, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
        posix_spawn_file_actions_adddup2(&actions.value, writing.number(), STDOUT_FILENO);
        pid = start(arguments, actions, Group::new_one);
    }
    if (pid < 0) return {status_not_found, ""};
    const auto end = Clock::now() + patience;
    auto text = read_until(reading.number(), end);
    const int status = wait_until(pid, end);
    return {status, std::move(text)};
}

int run_command(const std::vector<std::string>& arguments) {
    const FileActions nothing;
    const pid_t pid = start(arguments, nothing, Group::own);
    return pid < 0 ? status_not_found : wait_for(pid);
}

}  // namespace chainmend::proxy
