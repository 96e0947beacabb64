#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "proxy/io/event_loop.h"
#include "proxy/tunnel/verdict_cache.h"

namespace chainmend::proxy {

/// Verdicts that are being made. Who has the same question as somebody else already (the same certificates
/// for the same name under the same policy) waits for that answer instead of making it again, on whichever
/// worker: clients that try a refused server many times at once cost one search for its issuers. Thread-safe.
class VerdictFlights {
  public:
    using Key = VerdictCache::Key;
    using VerdictPtr = VerdictCache::VerdictPtr;
    /// Called once at most, from the loop: with the verdict, or with null when whoever was making it has gone
    /// away and it is the one who is told now who has to.
    using Told = std::function<void(VerdictPtr)>;

  private:
    struct Passenger {
        EventLoop& loop;
        Told told;  // on the loop's thread only; empty: not to be told any more
    };
    using PassengerPtr = std::shared_ptr<Passenger>;

  public:
    /// Somebody's part in one flight; belongs to its loop. Destroying it leaves the flight: a pilot's goes to
    /// the next who waits.
    class Seat {
      public:
        ~Seat();
        Seat(const Seat&) = delete;
        Seat& operator=(const Seat&) = delete;

        /// Whether it is this one who makes the verdict.
        bool is_pilot() const;
        /// The pilot's verdict is there: all who wait are told. Who boards from now on begins anew, so it has
        /// to be in the cache already.
        void land(VerdictPtr verdict);

      private:
        friend class VerdictFlights;
        Seat(VerdictFlights& flights, Key key, PassengerPtr passenger)
            : flights_(flights), key_(std::move(key)), passenger_(std::move(passenger)) {}

        VerdictFlights& flights_;
        const Key key_;
        const PassengerPtr passenger_;
    };

    VerdictFlights() = default;
    VerdictFlights(const VerdictFlights&) = delete;
    VerdictFlights& operator=(const VerdictFlights&) = delete;

    /// The first to board is the pilot. `told` never runs inside this call.
    std::unique_ptr<Seat> board(EventLoop& loop, const Key& key, Told told);

  private:
    /// Under the lock: whoever is in the table has a loop that is still there.
    static void tell(const PassengerPtr& passenger, VerdictPtr verdict);

    mutable std::mutex mutex_;
    std::map<Key, std::vector<PassengerPtr>> flights_;  // the pilot first; no more than there are tunnels
};

}  // namespace chainmend::proxy
