#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "certs/verdict.h"
#include "proxy/report/json.h"
#include "tls/session.h"

namespace chainmend::proxy {

/// Wall clock with milliseconds: when something was recorded. Durations are measured with the steady clock.
using RecordTime = std::chrono::time_point<std::chrono::system_clock, std::chrono::milliseconds>;

/// "2026-11-21T14:02:11.482Z"
std::string to_rfc3339_milliseconds(RecordTime time);

/// Who is at the other end of a connection: an address and a port, 0 when not known.
struct Endpoint {
    std::string address;
    int port = 0;

    bool operator==(const Endpoint&) const = default;
};

/// What was decided about one request, and why: one line of the log. Plain values, so that it can be
/// formatted on another thread. The fields of the line are listed in proxy/README.md.
struct DecisionRecord {
    std::string id;
    RecordTime at{};
    std::chrono::nanoseconds duration{};  ///< from the first byte of the request to the decision
    Endpoint client;
    std::string user_agent;  ///< as sent, may hold anything
    std::string method;      ///< "CONNECT", "GET"; empty when it never came to a request
    std::string url;         ///< of a request in absolute form, as sent
    std::string host;        ///< the CONNECT host, or what was there instead
    Endpoint server;         ///< the address dialled, empty when none was
    tls::Negotiated tls;     ///< the upstream side's, empty when there was no handshake
    bool accepted = false;
    std::string reason = "ok";  ///< a verdict's reason or a failure code
    std::string detail;
    int status = 0;           ///< HTTP status the client got, 0 when the connection was just closed
    bool remembered = false;  ///< the verdict is an earlier one
    std::shared_ptr<const certs::Verdict> verdict;  ///< null when it never came to certificates
};

/// How one tunnel went and ended, joined to its decision by `id`.
struct TunnelRecord {
    std::string id;
    RecordTime at{};
    std::chrono::nanoseconds duration{};  ///< from accept to the end
    Endpoint client;
    std::string host;
    Endpoint server;
    std::uint64_t bytes_from_client = 0;  ///< plaintext relayed
    std::uint64_t bytes_from_server = 0;
    tls::Negotiated client_tls;
    std::string server_name;  ///< that the client named in its TLS handshake, empty for none
    std::string end;          ///< "closed", or what broke it: see proxy/README.md
    std::string detail;       ///< the cause in words, may be empty
};

Json decision_json(const DecisionRecord& record);
Json tunnel_json(const TunnelRecord& record);

}  // namespace chainmend::proxy
