#pragma once

#include <functional>

#include "proxy/io/event_loop.h"
#include "proxy/io/operation.h"

namespace chainmend::proxy {

/// Runs `work` on libuv's thread pool, then `completion` on the loop. For what may block: files, mostly.
/// Destroying the operation before `work` has begun drops it; after that it runs to its end unheard, so
/// `work` owns what it touches.
OperationPtr start_work(EventLoop& loop, std::function<void()> work, std::function<void()> completion);

}  // namespace chainmend::proxy
