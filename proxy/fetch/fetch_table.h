#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "certs/certificate_file.h"
#include "certs/verdict.h"
#include "proxy/fetch/circuit_breaker.h"
#include "proxy/fetch/egress_policy.h"
#include "proxy/fetch/http_get.h"
#include "proxy/io/operation.h"

namespace chainmend::proxy {

class IssuerFetcher;

/// A URL as seen by origins of one reach: what a loopback origin may fetch says nothing about what a public
/// one may.
struct FetchKey {
    std::string url;
    Reach origin = Reach::public_internet;
    auto operator<=>(const FetchKey&) const = default;
};

/// What a fetch brought, decoded once and shared by everyone who asked.
struct Fetched {
    certs::Fetch fetch;
    std::vector<certs::CertificatePtr> certificates;  ///< empty unless fetch.result is ok
};
using FetchedPtr = std::shared_ptr<const Fetched>;

/// How long a result is remembered, by kind; documented in the .cpp.
std::chrono::seconds remembered_for(const certs::Fetch& fetch);

/// Fetches of all workers: one flight per URL, results remembered for a while, hosts that keep failing left
/// alone. Thread-safe. Flights run on the loop of the worker whose handshake came first and are handed over
/// if it goes away.
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
        std::uint64_t failures = 0;     ///< flights that ended in another result than ok
        std::size_t in_flight = 0;
        std::size_t remembered_now = 0;
        std::vector<CircuitBreaker::HostState> hosts;  ///< those that are not closed
    };

    FetchTable() = default;
    FetchTable(const FetchTable&) = delete;
    FetchTable& operator=(const FetchTable&) = delete;

    Snapshot snapshot() const;
    /// Forgets remembered results (reload, or a test); flights go on.
    void forget();

  private:
    friend class IssuerFetcher;
    friend class FetchWait;

    struct Waiter;
    struct Flight;
    struct Memory;

    mutable std::mutex mutex_;
};

}  // namespace chainmend::proxy
