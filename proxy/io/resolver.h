#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/result.h"
#include "proxy/io/event_loop.h"
#include "proxy/io/ip_address.h"
#include "proxy/io/lookup_places.h"
#include "proxy/io/name_lookup.h"
#include "proxy/io/operation.h"
#include "proxy/io/system_lookup.h"

namespace chainmend::proxy {

/// Names to addresses by the system's resolver (getaddrinfo on libuv's thread pool), as soon as
/// start_name_lookup has some. One per loop.
class Resolver {
  public:
    /// `overrides`: host -> address literal, answered without asking anyone (upstream.resolve). Names are
    /// compared without regard to case. ErrorCode::configuration when an address is not one.
    static Result<std::unique_ptr<Resolver>> make(EventLoop& loop,
                                                  const std::map<std::string, std::string>& overrides);

    using Overrides = std::map<std::string, std::vector<IpAddress>>;  ///< by lower-case host
    /// The settings' text made into addresses, or the error that make() would give.
    static Result<Overrides> read_overrides(const std::map<std::string, std::string>& texts);
    /// Who is asked what is not known here: start_system_lookup, or a test's own.
    using System = std::function<OperationPtr(EventLoop& loop, SystemQuestion question,
                                              std::function<void(Resolution)> completion)>;
    Resolver(EventLoop& loop, Overrides overrides, System system = start_system_lookup)
        : loop_(loop), overrides_(std::move(overrides)), system_(std::move(system)) {}
    /// From now on; lookups under way are not affected. What was remembered is forgotten.
    void set_overrides(Overrides overrides) {
        overrides_ = std::move(overrides);
        known_.clear();
    }
    /// How long addresses that were found are given again without asking, 0 for never. Failures are not
    /// remembered. The system's resolver does not tell for how long its answers hold, so this must be short.
    void remember_for(std::chrono::milliseconds time) { remember_for_ = time; }
    /// Names remembered; the oldest goes first. Some 200 bytes each.
    static constexpr std::size_t capacity = 1024;

    /// `host` is a name or an address literal without brackets; literals need no lookup. Destroying the
    /// operation detaches a lookup that is already under way: it ends unheard on the pool.
    OperationPtr resolve(const std::string& host, std::function<void(Resolution)> completion);
    /// The same for a name that a stranger wrote. `place` is kept until the system has really answered.
    OperationPtr resolve(const std::string& host, LookupPlaces::Place place,
                         std::function<void(Resolution)> completion);
    /// Whether it is resolved without asking the system, and so without a place.
    bool knows(const std::string& host) const { return known_addresses(host).has_value(); }

  private:
    struct Known {
        std::vector<IpAddress> addresses;
        std::chrono::milliseconds until;  // of the loop's clock
    };
    std::optional<std::vector<IpAddress>> known_addresses(const std::string& host) const;
    OperationPtr answer(std::vector<IpAddress> addresses, std::function<void(Resolution)> completion);
    OperationPtr look_up(const std::string& host, LookupPlaces::Place place,
                         std::function<void(Resolution)> completion);
    void remember(const std::string& host, const Resolution& resolution);

    EventLoop& loop_;
    Overrides overrides_;
    const System system_;
    std::chrono::milliseconds remember_for_{0};
    std::map<std::string, Known> known_;  // by lower-case name
};

}  // namespace chainmend::proxy
