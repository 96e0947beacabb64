#include "proxy/io/process.h"

#include <csignal>
#include <cstdlib>

namespace chainmend::proxy {

void prepare_process() {
    std::signal(SIGPIPE, SIG_IGN);
    // libuv gives name lookups at most half of the pool. 16 threads that sleep cost address space only.
    ::setenv("UV_THREADPOOL_SIZE", "16", 0);
}

}  // namespace chainmend::proxy
