#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "config/settings.h"
#include "proxy/fetch/fetch_table.h"
#include "proxy/fetch/http_get.h"
#include "proxy/io/operation.h"
#include "proxy/io/resolver.h"

namespace chainmend::proxy {

/// One worker's way to the FetchTable that all workers share: runs the flights that this worker started or
/// took over. Destroyed after the operations it gave out and before its loop and resolver; flights that other
/// workers wait for are handed over to them.
class IssuerFetcher {
  public:
    struct Options {
        FetchLimits limits;
        std::size_t max_crl_bytes = 10 * 1024 * 1024;
        std::optional<SocketAddress> proxy;  ///< egress.proxy

        static Options from(const config::Settings& settings);
    };

    IssuerFetcher(EventLoop& loop, Resolver& resolver, std::shared_ptr<const EgressPolicy> policy,
                  std::shared_ptr<FetchTable> table, Options options);
    ~IssuerFetcher();
    IssuerFetcher(const IssuerFetcher&) = delete;
    IssuerFetcher& operator=(const IssuerFetcher&) = delete;

    /// What is at `url`, for an origin of this reach: remembered, under way already, or fetched now.
    OperationPtr fetch(const std::string& url, Reach origin, std::function<void(FetchedPtr)> completion) {
        return fetch(FetchKey{url, origin}, std::move(completion));
    }
    OperationPtr fetch(FetchKey what, std::function<void(FetchedPtr)> completion);

    /// From now on (reload). Flights under way keep the policy they began with.
    void set_policy(std::shared_ptr<const EgressPolicy> policy, Options options);

    EventLoop& loop() { return loop_; }
    FetchTable& table() { return *table_; }

  private:
    friend class FetchTable;
    friend class FetchWait;
    void fly(const FetchKey& key);
    void land(const FetchKey& key, HttpGetOutcome outcome);
    void abandon(const FetchKey& key) { flights_.erase(key); }

    EventLoop& loop_;
    Resolver& resolver_;
    std::shared_ptr<const EgressPolicy> policy_;
    const std::shared_ptr<FetchTable> table_;
    Options options_;
    std::map<FetchKey, OperationPtr> flights_;
    const std::shared_ptr<IssuerFetcher*> self_;  // for posted functions: null once this is gone
};

}  // namespace chainmend::proxy
