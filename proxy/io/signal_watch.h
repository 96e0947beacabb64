#pragma once

#include <functional>

#include "proxy/io/event_loop.h"
#include "proxy/io/operation.h"

namespace chainmend::proxy {

/// Calls `received` on the loop each time the process gets `signal` (SIGTERM, SIGINT, SIGHUP, SIGUSR1), until
/// the operation is destroyed. Unlike other operations it runs its callback as often as the signal comes.
OperationPtr watch_signal(EventLoop& loop, int signal, std::function<void()> received);

}  // namespace chainmend::proxy
