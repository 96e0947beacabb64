#include "proxy/io/process.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>

namespace chainmend::proxy {

namespace {

// Whatever is opened next would get its number, and what is written to stderr.
void open_standard_streams() {
    for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (::fcntl(stream, F_GETFD) == -1 && errno == EBADF)
            ::open("/dev/null",
                   stream == STDIN_FILENO ? O_RDONLY : O_WRONLY);  // the lowest number that is free
    }
}

}  // namespace

void prepare_process() {
    open_standard_streams();
    std::signal(SIGPIPE, SIG_IGN);
    // libuv gives name lookups at most half of the pool. 16 threads that sleep cost address space only.
    ::setenv("UV_THREADPOOL_SIZE", "16", 0);
}

std::size_t lookup_threads() {
    // As libuv reads it: 4 when it is not said, 1,024 at most.
    const char* told = std::getenv("UV_THREADPOOL_SIZE");
    const int threads = std::clamp(told ? std::atoi(told) : 4, 1, 1024);
    return static_cast<std::size_t>(threads + 1) / 2;
}

}  // namespace chainmend::proxy
