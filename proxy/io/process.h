#pragma once

#include <cstddef>

namespace chainmend::proxy {

/// What libuv needs of the whole process; call it first in main(), before any thread or loop exists. Opens
/// /dev/null in place of a standard stream that is closed, ignores SIGPIPE (libuv writes to sockets without
/// MSG_NOSIGNAL) and widens libuv's thread pool unless UV_THREADPOOL_SIZE says otherwise: by default two slow
/// names would be enough to keep every other name from being looked up.
void prepare_process();

/// The threads of that pool that look up names, at most: libuv gives half of them to what is slow. At least
/// one.
std::size_t lookup_threads();

}  // namespace chainmend::proxy
