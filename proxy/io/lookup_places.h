#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <mutex>

#include "proxy/io/event_loop.h"
#include "proxy/io/operation.h"

namespace chainmend::proxy {

/// How many names strangers may have looked up at once. libuv's thread pool, which all loops of the process
/// share, has few threads for lookups, and a lookup that nobody waits for any more keeps its thread until the
/// name servers have answered or the system's resolver has given up, some ten seconds later. A certificate
/// that points to names like that could keep every other name from being looked up. Whoever looks up what a
/// certificate names takes a place first, and there are always threads left for the names that clients ask
/// for.
///
/// Thread-safe; first come, first served.
class LookupPlaces {
  public:
    /// Held from being granted until the last copy is gone: by the lookup itself, not by who waits for it.
    using Place = std::shared_ptr<const void>;

    /// For the thread pool as it is: a name may take two threads (see start_name_lookup), so that a quarter
    /// as many names as there are threads for lookups leave half of them free. Two with prepare_process().
    LookupPlaces();
    /// At least one.
    explicit LookupPlaces(std::size_t places);

    /// Waits for a place, on `loop`. Destroying the operation gives the turn, or the place, to the next.
    OperationPtr take(EventLoop& loop, std::function<void(Place)> granted);
    /// Those that wait, for tests.
    std::size_t waiting() const;

  private:
    struct Waiter {
        EventLoop& loop;
        std::function<void(Place)> granted;  // touched on the loop's thread only
    };
    using WaiterPtr = std::shared_ptr<Waiter>;
    class Wait;
    class Holding;
    /// What a place that outlives this keeps.
    struct Queue {
        std::mutex mutex;
        std::size_t free = 0;
        std::list<WaiterPtr> waiting;
    };
    using QueuePtr = std::shared_ptr<Queue>;
    static void grant(const QueuePtr& queue, const WaiterPtr& waiter);

    const QueuePtr queue_;
};

}  // namespace chainmend::proxy
