#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "certs/verdict.h"
#include "proxy/duration_histogram.h"
#include "proxy/log/decision_record.h"

namespace chainmend::proxy {

/// What has happened since the start, as numbers. A plain value; values of several workers add up.
struct Counts {
    using ByName = std::map<std::string, std::uint64_t>;

    std::uint64_t connections = 0;     ///< accepted from clients
    std::uint64_t plain_requests = 0;  ///< over plain HTTP, for a server that the policy allows
    ByName accepted;                   ///< decisions by how the path came about: to_string(How)
    /// Accepted decisions without a path: tunnels passed through or relayed unread, plain requests.
    std::uint64_t unjudged = 0;
    ByName refused;                 ///< decisions by code: to_string(Reason) or to_string(Trouble)
    std::uint64_t remembered = 0;   ///< decisions of both kinds that were an earlier verdict
    ByName repairs;                 ///< issuers that servers had not sent, by source: store, import, aia
    std::uint64_t disclosed = 0;    ///< of the intermediates used, those on Mozilla's list
    std::uint64_t undisclosed = 0;  ///< those that are not; both 0 while no list was imported
    ByName tunnels_ended;           ///< by how they ended: the words in proxy/README.md
    std::uint64_t bytes_from_client = 0;  ///< plaintext, of tunnels that have ended
    std::uint64_t bytes_from_server = 0;

    /// TLS handshakes by side ("server", "client") and outcome ("success", "failure"): with a server from the
    /// connection until it is verified or refused, with a client from its first byte, whatever it waits for.
    std::map<std::pair<std::string, std::string>, DurationHistogram> handshakes;
    /// From a request's first byte to its decision, by decision: "accepted", "refused".
    std::map<std::string, DurationHistogram> decision_times;

    Counts& operator+=(const Counts& other);
};

/// Counts what one worker's tunnels do. Every name counted is one of this program's own words, never text of
/// a client or a certificate, so that their number is bounded. Thread-safe; the lock is contended only while
/// somebody reads.
class Counters {
  public:
    Counters() = default;
    Counters(const Counters&) = delete;
    Counters& operator=(const Counters&) = delete;

    void connection();
    void plain_request();
    void decision(const DecisionRecord& record);
    void tunnel(const TunnelRecord& record);
    enum class Side { server, client };
    void handshake(Side side, bool succeeded, std::chrono::nanoseconds duration);

    Counts read() const;

  private:
    mutable std::mutex mutex_;
    Counts counts_;
};

}  // namespace chainmend::proxy
