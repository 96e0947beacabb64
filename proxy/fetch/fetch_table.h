#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "proxy/fetch/circuit_breaker.h"
#include "proxy/fetch/fetch_memory.h"
#include "proxy/io/lookup_places.h"

namespace chainmend::proxy {

class IssuerFetcher;

/// Fetches of all workers: one flight per URL, results remembered for a while, hosts that keep failing left
/// alone. Thread-safe. A flight runs on the loop of the worker whose handshake came first (its pilot) and is
/// handed over if that goes away; it ends when nobody waits for it any more. IssuerFetcher is the way in.
class FetchTable {
  public:
    /// For status and metrics.
    struct Snapshot {
        std::uint64_t requests = 0;     ///< fetches asked for
        std::uint64_t flights = 0;      ///< fetches really begun
        std::uint64_t joined = 0;       ///< asked for while under way
        std::uint64_t remembered = 0;   ///< answered from memory
        std::uint64_t broken = 0;       ///< refused by a circuit breaker
        std::uint64_t handed_over = 0;  ///< flights taken over from a worker that went away
        std::uint64_t cancelled = 0;    ///< flights nobody waited for any more
        std::uint64_t failures = 0;     ///< flights that ended in another result than ok
        std::size_t in_flight = 0;
        std::map<std::string, std::uint64_t> results;  ///< flights that ended, by result; bounded: see .cpp
        std::size_t remembered_now = 0;
        std::vector<RememberedFailure> remembered_failures;
        std::vector<CircuitBreaker::HostState> hosts;  ///< those that are not closed
    };

    FetchTable() = default;
    FetchTable(const FetchTable&) = delete;
    FetchTable& operator=(const FetchTable&) = delete;

    Snapshot snapshot(CircuitBreaker::Moment now) const;
    /// Forgets remembered results (reload); flights go on.
    void forget();
    /// What all flights together may have looked up at once. Never null.
    const std::shared_ptr<LookupPlaces>& lookups() const { return lookups_; }

  private:
    friend class IssuerFetcher;
    friend class FetchWait;

    /// Someone who wants a result. Its completion is touched on the loop of its fetcher only.
    struct Waiter {
        IssuerFetcher* fetcher;
        std::function<void(FetchedPtr)> completion;
    };
    using WaiterPtr = std::shared_ptr<Waiter>;

    struct Flight {
        IssuerFetcher* pilot;
        std::string host;  // for the breaker
        std::vector<WaiterPtr> waiters;
    };

    /// What has to happen after the table was asked.
    enum class Order { none, fly, abandon };

    /// fly: the caller is the pilot and takes off.
    Order join(const FetchKey& key, const WaiterPtr& waiter);
    /// The waiter is not told any more. abandon: it was the last one and the caller is the pilot.
    Order leave(const FetchKey& key, const WaiterPtr& waiter);
    /// True when `pilot` is (still) the one to fly; false: somebody else's, or nobody wants it.
    bool is_wanted(const FetchKey& key, const IssuerFetcher* pilot);
    /// The pilot's flight is over: everyone is told.
    void land(const FetchKey& key, IssuerFetcher* pilot, FetchedPtr fetched);
    /// The pilot goes away: its flights go to others who wait for them.
    void hand_over(IssuerFetcher* pilot);

    /// Under the lock, so that the waiter's loop is still there.
    static void tell(const WaiterPtr& waiter, FetchedPtr fetched);

    const std::shared_ptr<LookupPlaces> lookups_ = std::make_shared<LookupPlaces>();
    mutable std::mutex mutex_;
    std::map<FetchKey, Flight> flights_;
    FetchMemory memory_;
    CircuitBreaker breaker_;
    Snapshot counts_;
};

}  // namespace chainmend::proxy
