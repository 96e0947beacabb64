#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "proxy/fetch/url.h"
#include "proxy/tunnel/upstream_dial.h"

namespace chainmend::proxy {

struct HttpsGetRequest {
    Url url;
    SnapshotPtr snapshot;
    std::size_t max_bytes = 64 * 1024;  ///< of body
    std::string if_none_match = {};     ///< an entity tag; empty: asked without a condition
    /// See ServerConnectionRequest. May be empty.
    std::function<std::string(const SocketAddress&)> objection = {};
    /// Told of the bytes of body so far, now and then. May be empty.
    std::function<void(std::int64_t bytes)> progressed = {};
};

struct HttpsGetOutcome {
    std::optional<Refusal> refusal;  ///< why there was no connection; only `judged` means something then
    bool judged = false;             ///< it was for the server's certificates
    SocketAddress server;
    certs::Fetch fetch;  ///< named result, status, bytes, detail
    Bytes body;          ///< only with FetchResult::ok
    /// See GetExchange.
    std::string entity_tag = {};
    bool not_modified = false;  ///< FetchResult::ok without a body: the tag that was sent is still right
    std::string location;  ///< set when the server points elsewhere; `fetch.result` is redirect_loop then
};

/// One GET over TLS. The server is dialled and verified as for a client, issuers it forgot are fetched, and
/// nothing is sent to it before it was found good. Redirects are told and not followed. A response that ends
/// without close_notify is truncated, unless its length said otherwise. Bounded in time by whoever destroys
/// it: only the dial has bounds of its own.
OperationPtr start_https_get(WorkerParts& parts, HttpsGetRequest request,
                             std::function<void(HttpsGetOutcome)> completion);

}  // namespace chainmend::proxy
