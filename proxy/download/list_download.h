#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "config/bytes.h"
#include "config/result.h"
#include "proxy/snapshot.h"

namespace chainmend::proxy {

/// How a list is fetched for somebody who named its URL.
struct ListDownloadOptions {
    std::function<Time()> now;  ///< the time certificates are judged at
    std::size_t max_bytes = 128 * 1024 * 1024;
    /// For all of it: the largest of the public lists has 54 MB, which takes 5 minutes at 1.5 Mbit/s.
    std::chrono::milliseconds patience = std::chrono::minutes{5};
    /// Without a byte: a server that has hung, not one that is slow.
    std::chrono::milliseconds silence = std::chrono::seconds{30};
    /// Told of the bytes of body so far, now and then. May be empty.
    std::function<void(std::int64_t bytes)> progressed = {};
};

/// The body at `url`, http or https; blocks. An https server is verified under `snapshot` like any other, by
/// our own path builder, and the issuers that it forgot are fetched.
///
/// A person named this URL, so it may be at any port and at any address that is not forbidden to everybody
/// (egress.deny, link-local and metadata addresses, the proxy's own listeners). At most repair.max_redirects
/// redirects are followed; where they lead is somebody else's word: never to an address that is more private
/// than the one that was named, never from https back to http.
///
/// invalid_argument for what is no URL; blocked when an address is forbidden or the server is refused;
/// network, timed_out, limit_exceeded and not_found (an HTTP status) as they say. Messages name the URL.
Result<Bytes> download_list(SnapshotPtr snapshot, const std::string& url, const ListDownloadOptions& options);

}  // namespace chainmend::proxy
