#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "config/bytes.h"
#include "config/result.h"
#include "proxy/fetch/url.h"
#include "proxy/shared_parts.h"

namespace chainmend::proxy {

/// A list that somebody named the URL of, http or https.
struct ListFetchRequest {
    Url url;
    SnapshotPtr snapshot;
    std::size_t max_bytes = 128 * 1024 * 1024;
    std::chrono::milliseconds patience = std::chrono::minutes{5};  ///< for all of it
    std::chrono::milliseconds silence = std::chrono::seconds{30};  ///< without a byte
    std::int64_t max_redirects = 0;
    /// An entity tag from an earlier outcome; empty: fetched without a condition.
    std::string if_none_match = {};
    /// Told of the bytes of body so far, now and then. May be empty.
    std::function<void(std::int64_t bytes)> progressed = {};
};

struct ListFetchOutcome {
    /// Why there is no list: `result` is its name ("http_404", "timeout", "unknown_issuer", ...).
    std::optional<Error> error;
    std::string result = "ok";
    Bytes body;
    std::string entity_tag;
    bool not_modified = false;  ///< without a body: the tag that was sent is still right
};

/// Fetches it. An https server is verified under the snapshot like any other, by our own path builder, and
/// the issuers that it forgot are fetched. Where redirects lead is somebody else's word: never to an address
/// that is more private than the one that was named, never from https back to http.
///
/// The error's code: blocked when an address is forbidden or the server is refused; network, timed_out,
/// limit_exceeded and not_found (an HTTP status) as they say. `parts` outlive the operation.
OperationPtr start_list_fetch(WorkerParts& parts, ListFetchRequest request,
                              std::function<void(ListFetchOutcome)> completion);

}  // namespace chainmend::proxy
