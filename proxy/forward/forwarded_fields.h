#pragma once

#include <string>
#include <vector>

#include "proxy/http/absolute_target.h"
#include "proxy/http/body_framing.h"
#include "proxy/policy/upstream_proxy.h"

namespace chainmend::proxy {

/// What a message's own head says about how it may be passed on.
struct ForwardedRequest {
    std::string head;                   ///< as sent to the server, the empty line included
    BodyFraming framing;                ///< of the body, on either side
    std::vector<std::string> upgrades;  ///< protocols asked for, lower-case; empty: none
};

/// A request as it goes to the server (RFC 9110 section 7.6): what is meant for this hop alone is left out
/// (Connection and what it names, Keep-Alive, TE, Upgrade, every Proxy- field), Host is the target's, Via
/// says that somebody passed it on, and the body's framing is written anew. HTTP/2 over cleartext is never
/// asked for: nobody here would understand the answer. Of the hops that Max-Forwards leaves one is taken:
/// forwards_left() is not 0. ErrorCode::malformed for a request that two readers
/// could read differently, or without Host (RFC 9112 section 3.2). `through`: the upstream proxy that is
/// asked in absolute form instead of the server; may be null.
Result<ForwardedRequest> forward_request(const RequestHead& head, const AbsoluteTarget& target,
                                         const UpstreamProxy* through = nullptr);

/// How a response's body goes to a client of HTTP/1.`client_minor`: what has no known length gets chunks, or,
/// for HTTP/1.0, ends with the connection.
BodyFraming framing_for_client(const BodyFraming& received, int client_minor);

/// A response's head as it goes to the client, final or interim, the empty line included. `framing` is how
/// the body is written to the client. `upgrade` is set for a 101 alone: the protocol that is switched to.
std::string forward_response(const ResponseHead& head, const BodyFraming& framing, bool close,
                             const std::string& upgrade = "");

/// Trailers as they follow a chunked body, the empty line included: without those that would change how the
/// message is framed, routed or authenticated (RFC 9110 section 6.5.1).
std::string forward_trailers(const std::vector<HttpHeader>& trailers);

}  // namespace chainmend::proxy
