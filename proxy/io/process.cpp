#include "proxy/io/process.h"

#include <algorithm>
#include <csignal>
#include <cstdlib>

namespace chainmend::proxy {

void prepare_process() {
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
