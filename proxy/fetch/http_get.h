#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "certs/verdict.h"
#include "proxy/fetch/egress_policy.h"
#include "proxy/fetch/url.h"
#include "proxy/io/operation.h"
#include "proxy/io/resolver.h"

namespace chainmend::proxy {

/// The bounds of one fetch; see config::RepairSettings and config::EgressSettings for the defaults' reasons.
struct FetchLimits {
    std::chrono::milliseconds timeout = std::chrono::seconds{2};  ///< for everything, redirects included
    std::size_t max_bytes = 64 * 1024;
    int max_redirects = 3;
};

struct HttpGetRequest {
    std::string url;
    Reach origin = Reach::public_internet;  ///< who is pointing here
    FetchLimits limits;
    std::optional<SocketAddress> proxy;  ///< fetch through this HTTP proxy; the origin then counts as public
    /// An entity tag from an earlier outcome: the server may answer that nothing has changed (RFC 9110
    /// section 13.1.2). Empty: asked without a condition.
    std::string if_none_match = {};
    std::uint16_t another_port = 80;  ///< that the policy takes for a usual one; see EgressPolicy::refusal
    Bytes post = {};                  ///< sent as the body of a POST; empty: it is a GET
    std::string post_type = {};
    /// Told of the bytes of body so far, now and then. May be empty.
    std::function<void(std::int64_t bytes)> progressed = {};
    /// Where names wait for their turn when a stranger wrote them; null: they are looked up at once. The
    /// timeout covers the wait.
    std::shared_ptr<LookupPlaces> lookups = nullptr;
};

struct HttpGetOutcome {
    certs::Fetch
        fetch;   ///< named result, bytes, milliseconds, address; `format` is left to whoever reads the body
    Bytes body;  ///< only with FetchResult::ok
    /// See GetExchange.
    std::string entity_tag = {};
    bool not_modified = false;  ///< FetchResult::ok without a body: the tag that was sent is still right
    std::string location = {};  ///< of the redirect that was one too many
};

/// One GET over plain HTTP, for issuers, OCSP and CRLs, or a POST for OCSP. A redirected POST stays one
/// unless the status says otherwise (303, RFC 9110 section 15.4.4). Sends Host, a fixed User-Agent, Accept
/// and Connection: close, and nothing of any client. Every address is checked with `policy` before the first
/// packet goes to it. `resolver` and `policy` must outlive the operation.
OperationPtr start_http_get(EventLoop& loop, Resolver& resolver, std::shared_ptr<const EgressPolicy> policy,
                            const HttpGetRequest& request, std::function<void(HttpGetOutcome)> completion);

}  // namespace chainmend::proxy
