#include "tests/e2e/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace chainmend::test {
namespace {

// So that a sanitizer or the coverage counters work in the child as they do in the test, and scripts find the
// build.
constexpr const char* inherited[] = {
    "PATH",         "ASAN_OPTIONS",      "UBSAN_OPTIONS",       "LSAN_OPTIONS",
    "TSAN_OPTIONS", "LLVM_PROFILE_FILE", "CHAINMEND_BUILD_ROOT"};

std::vector<std::string> environment_of(const Command& command) {
    std::map<std::string, std::string> variables;
    for (const char* name : inherited) {
        if (const char* value = std::getenv(name)) variables[name] = value;
    }
    for (const auto& [name, value] : command.environment)
        variables[name] = value;
    std::vector<std::string> lines;
    for (const auto& [name, value] : variables)
        lines.push_back(name + "=" + value);
    return lines;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
    std::vector<char*> result;
    for (std::string& string : strings)
        result.push_back(string.data());
    result.push_back(nullptr);
    return result;
}

// "curl-3": the program's name and a number, so that the files of several runs stand side by side.
std::string file_stem(const Command& command) {
    static std::atomic<int> count{0};
    const std::string& program = command.arguments.front();
    return command.directory + "/" + program.substr(program.rfind('/') + 1) + "-" + std::to_string(++count);
}

int decoded(int wait_status) {
    return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

}  // namespace

Process::Process(const Command& command, const std::string& terminal) {
    const std::string stem = file_stem(command);
    out_file_ = terminal.empty() ? stem + ".out" : terminal;
    err_file_ = terminal.empty() ? stem + ".err" : terminal;
    const std::string in_file = stem + ".in";
    std::ofstream(in_file, std::ios::binary) << command.input;

    std::vector<std::string> arguments = command.arguments;
    std::vector<std::string> environment = environment_of(command);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, in_file.c_str(), O_RDONLY, 0);
    const int how = terminal.empty() ? O_WRONLY | O_CREAT | O_APPEND : O_WRONLY | O_NOCTTY;
    posix_spawn_file_actions_addopen(&actions, 1, out_file_.c_str(), how, 0600);
    posix_spawn_file_actions_addopen(&actions, 2, err_file_.c_str(), how, 0600);
    posix_spawn_file_actions_addchdir_np(&actions, command.directory.c_str());
    const int error = posix_spawnp(&pid_, arguments.front().c_str(), &actions, nullptr,
                                   pointers(arguments).data(), pointers(environment).data());
    posix_spawn_file_actions_destroy(&actions);
    is_terminal_ = !terminal.empty();
    if (error != 0) throw std::runtime_error(command.arguments.front() + ": " + std::strerror(error));
}

Process::~Process() {
    if (!running()) return;
    ::kill(pid_, SIGKILL);
    wait();
}

void Process::signal(int number) {
    if (running()) ::kill(pid_, number);
}

bool Process::running() {
    if (status_) return false;
    int wait_status = 0;
    if (::waitpid(pid_, &wait_status, WNOHANG) == pid_) status_ = decoded(wait_status);
    return !status_;
}

std::optional<int> Process::wait(std::chrono::milliseconds patience) {
    wait_until([this] { return !running(); }, patience);
    return status_;
}

std::string Process::out() const {
    return is_terminal_ ? "" : file_text(out_file_);
}
std::string Process::err() const {
    return is_terminal_ ? "" : file_text(err_file_);
}

Outcome run(const Command& command, std::chrono::milliseconds patience) {
    Process process(command);
    const int status = process.wait(patience).value_or(-1);
    return {status, process.out(), process.err()};
}

Outcome run_on_terminal(const Command& command, std::chrono::milliseconds patience) {
    const int terminal = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (terminal < 0 || ::grantpt(terminal) != 0 || ::unlockpt(terminal) != 0)
        throw std::runtime_error("there is no terminal to be had");
    const std::string name = ::ptsname(terminal);
    // Open as long as we read: what the program has written stays there when it ends.
    const int other_side = ::open(name.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC);
    std::string shown;
    const auto read_what_is_there = [&] {
        char buffer[4096];
        pollfd readable{terminal, POLLIN, 0};
        while (::poll(&readable, 1, 0) == 1) {
            const auto size = ::read(terminal, buffer, sizeof buffer);
            if (size <= 0) return;
            shown.append(buffer, static_cast<std::size_t>(size));
        }
    };
    int status = -1;
    {
        Process process(command, name);
        wait_until(
            [&] {
                read_what_is_there();
                return !process.running();
            },
            patience);
        status = process.wait(std::chrono::milliseconds{0}).value_or(-1);
    }
    read_what_is_there();
    ::close(other_side);
    ::close(terminal);
    return {status, shown, shown};
}

void pause_once() {
    ::poll(nullptr, 0, 10);
}

std::string file_text(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return std::move(text).str();
}

}  // namespace chainmend::test
