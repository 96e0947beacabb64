#include "proxy/fetch/fetch_table.h"

#include <algorithm>

#include "proxy/fetch/issuer_fetcher.h"
#include "proxy/fetch/url.h"

namespace chainmend::proxy {
namespace {

/// What a circuit breaker calls the host; empty for what is no URL.
std::string host_of(const std::string& text) {
    const auto url = parse_url(text);
    return url ? url->host_header() : std::string();
}

FetchedPtr left_alone(const FetchKey& key, const std::string& host) {
    auto fetched = std::make_shared<Fetched>();
    fetched->fetch.url = key.url;
    fetched->fetch.result = certs::FetchResult::broken_host;
    fetched->fetch.detail = host + " failed several times in a row and is left alone for now";
    return fetched;
}

FetchedPtr from_memory(const FetchedPtr& original) {
    auto fetched = std::make_shared<Fetched>(*original);
    fetched->fetch.from_cache = true;
    return fetched;
}

/// The result without a status, of which servers have hundreds to choose from.
std::string name_of(certs::FetchResult result) {
    if (result == certs::FetchResult::http_error) return "http_error";
    certs::Fetch fetch;
    fetch.result = result;
    return certs::to_string(fetch);
}

/// What a result says about the host as such.
enum class Sign { alive, down, nothing };

Sign sign_of(certs::FetchResult result) {
    switch (result) {
        case certs::FetchResult::timeout:
        case certs::FetchResult::dns_error:
        case certs::FetchResult::connection_refused:
        case certs::FetchResult::connection_failed:
            return Sign::down;
        case certs::FetchResult::blocked:
        case certs::FetchResult::not_attempted:
            return Sign::nothing;
        default:
            return Sign::alive;
    }
}

}  // namespace

FetchTable::Snapshot FetchTable::snapshot(CircuitBreaker::Moment now) const {
    const std::lock_guard lock(mutex_);
    Snapshot snapshot = counts_;
    snapshot.in_flight = flights_.size();
    snapshot.remembered_now = memory_.size();
    snapshot.remembered_failures = memory_.failures(now);
    snapshot.hosts = breaker_.troubled(now);
    return snapshot;
}

void FetchTable::forget() {
    const std::lock_guard lock(mutex_);
    memory_.clear();
}

FetchTable::Order FetchTable::join(const FetchKey& key, const WaiterPtr& waiter) {
    const auto now = waiter->fetcher->loop().now();
    const std::lock_guard lock(mutex_);
    ++counts_.requests;
    if (const FetchedPtr known = memory_.recall(key, now)) {
        ++counts_.remembered;
        tell(waiter, from_memory(known));
        return Order::none;
    }
    if (const auto flight = flights_.find(key); flight != flights_.end()) {
        ++counts_.joined;
        flight->second.waiters.push_back(waiter);
        return Order::none;
    }
    const std::string host = host_of(key.url);
    if (!breaker_.admit(host, now)) {
        ++counts_.broken;
        tell(waiter, left_alone(key, host));
        return Order::none;
    }
    ++counts_.flights;
    flights_.emplace(key, Flight{waiter->fetcher, host, {waiter}});
    return Order::fly;
}

FetchTable::Order FetchTable::leave(const FetchKey& key, const WaiterPtr& waiter) {
    const std::lock_guard lock(mutex_);
    const auto found = flights_.find(key);
    if (found == flights_.end()) return Order::none;
    Flight& flight = found->second;
    if (std::erase(flight.waiters, waiter) == 0 || !flight.waiters.empty()) return Order::none;
    if (flight.pilot != waiter->fetcher) {
        // Only the pilot's own thread may end it. Until it does others may still join.
        flight.pilot->loop().post([self = flight.pilot->self_, key] {
            if (*self && !(*self)->table_->is_wanted(key, *self)) (*self)->abandon(key);
        });
        return Order::none;
    }
    ++counts_.cancelled;
    breaker_.released(flight.host);
    flights_.erase(found);
    return Order::abandon;
}

bool FetchTable::is_wanted(const FetchKey& key, const IssuerFetcher* pilot) {
    const std::lock_guard lock(mutex_);
    const auto found = flights_.find(key);
    if (found == flights_.end() || found->second.pilot != pilot) return false;
    if (!found->second.waiters.empty()) return true;
    ++counts_.cancelled;
    breaker_.released(found->second.host);
    flights_.erase(found);
    return false;
}

void FetchTable::land(const FetchKey& key, IssuerFetcher* pilot, FetchedPtr fetched) {
    const auto now = pilot->loop().now();
    const std::lock_guard lock(mutex_);
    const auto found = flights_.find(key);
    if (found == flights_.end() || found->second.pilot != pilot) return;
    const Flight flight = std::move(found->second);
    flights_.erase(found);
    ++counts_.results[name_of(fetched->fetch.result)];
    if (fetched->fetch.result != certs::FetchResult::ok) ++counts_.failures;
    switch (sign_of(fetched->fetch.result)) {
        case Sign::alive:
            breaker_.succeeded(flight.host);
            break;
        case Sign::down:
            breaker_.failed(flight.host, now);
            break;
        case Sign::nothing:
            breaker_.released(flight.host);
            break;
    }
    memory_.remember(key, fetched, now);
    for (const WaiterPtr& waiter : flight.waiters)
        tell(waiter, fetched);
}

void FetchTable::hand_over(IssuerFetcher* pilot) {
    const std::lock_guard lock(mutex_);
    for (auto entry = flights_.begin(); entry != flights_.end();) {
        const auto current = entry++;
        Flight& flight = current->second;
        if (flight.pilot != pilot) continue;
        const auto heir = std::find_if(flight.waiters.begin(), flight.waiters.end(),
                                       [&](const WaiterPtr& waiter) { return waiter->fetcher != pilot; });
        if (heir == flight.waiters.end()) {
            breaker_.released(flight.host);
            flights_.erase(current);
            continue;
        }
        ++counts_.handed_over;
        flight.pilot = (*heir)->fetcher;
        flight.pilot->loop().post([self = flight.pilot->self_, key = current->first] {
            if (*self && (*self)->table_->is_wanted(key, *self)) (*self)->fly(key);
        });
    }
}

void FetchTable::tell(const WaiterPtr& waiter, FetchedPtr fetched) {
    waiter->fetcher->loop().post([waiter, fetched = std::move(fetched)] {
        if (!waiter->completion) return;  // its operation was destroyed
        const auto completion = std::move(waiter->completion);
        waiter->completion = nullptr;
        completion(fetched);
    });
}

}  // namespace chainmend::proxy
