#include "proxy/clients/command_answer.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proxy/files/file_descriptor.h"

namespace chainmend::proxy {
namespace {

/// A certificate in a database has some KiB.
constexpr std::size_t max_answer_bytes = 1024 * 1024;

constexpr int status_not_found = 127;  // as shells have it

struct FileActions {
    FileActions() { posix_spawn_file_actions_init(&value); }
    ~FileActions() { posix_spawn_file_actions_destroy(&value); }
    FileActions(const FileActions&) = delete;
    FileActions& operator=(const FileActions&) = delete;
    posix_spawn_file_actions_t value;
};

/// This process ignores SIGPIPE; others expect to be ended by it.
struct Attributes {
    Attributes() {
        posix_spawnattr_init(&value);
        sigset_t ignored_here;
        sigemptyset(&ignored_here);
        sigaddset(&ignored_here, SIGPIPE);
        posix_spawnattr_setsigdefault(&value, &ignored_here);
        posix_spawnattr_setflags(&value, POSIX_SPAWN_SETSIGDEF);
    }
    ~Attributes() { posix_spawnattr_destroy(&value); }
    Attributes(const Attributes&) = delete;
    Attributes& operator=(const Attributes&) = delete;
    posix_spawnattr_t value;
};

/// -1 when it could not be started.
pid_t start(const std::vector<std::string>& arguments, const FileActions& actions) {
    std::vector<char*> pointers;
    for (const auto& argument : arguments)
        pointers.push_back(const_cast<char*>(argument.c_str()));  // posix_spawn does not change them
    pointers.push_back(nullptr);
    const Attributes attributes;
    pid_t pid = -1;
    const int error =
        posix_spawnp(&pid, pointers.front(), &actions.value, &attributes.value, pointers.data(), environ);
    return error == 0 ? pid : -1;
}

int wait_for(pid_t pid) {
    int status = 0;
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) return status_not_found;
    }
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

std::string read_all(int descriptor) {
    std::string text;
    char buffer[4096];
    for (;;) {
        const ssize_t count = read(descriptor, buffer, sizeof buffer);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return text;
        if (text.size() < max_answer_bytes) text.append(buffer, static_cast<std::size_t>(count));
    }
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
        pid = start(arguments, actions);
    }
    if (pid < 0) return {status_not_found, ""};
    auto text = read_all(reading.number());
    return {wait_for(pid), std::move(text)};
}

int run_command(const std::vector<std::string>& arguments) {
    const FileActions nothing;
    const pid_t pid = start(arguments, nothing);
    return pid < 0 ? status_not_found : wait_for(pid);
}

}  // namespace chainmend::proxy
