#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "proxy/http/authority.h"
#include "proxy/report/refusal.h"
#include "proxy/shared_parts.h"
#include "proxy/tunnel/server_connection.h"
#include "proxy/tunnel/tls_stream.h"
#include "tls/upstream_session.h"

namespace chainmend::proxy {

struct DialRequest {
    Authority authority;                 ///< where to connect
    certs::ReferenceIdentity identity;   ///< who must answer: SNI, and what the certificate is verified for
    std::vector<std::string> protocols;  ///< ALPN to offer, in order
    SnapshotPtr snapshot;
    /// Connected already, for a client that had to be heard before the handshake. Empty: a new connection.
    ServerConnection connection = {};
    std::function<std::string(const SocketAddress&)> objection = {};  ///< see ServerConnectionRequest
    /// False for whoever wants to see what the server sends: an earlier session is not resumed.
    bool may_resume = true;
};

/// A verified, open connection to the server, or the reason why there is none. What is known of the server
/// and its certificates is there either way.
struct DialOutcome {
    std::unique_ptr<TlsStream> upstream;
    std::optional<Refusal> refusal;  ///< set exactly when `upstream` is null
    SocketAddress server;            ///< port 0: it never came to an address
    tls::Negotiated tls;
    std::shared_ptr<const certs::Verdict> verdict;
    bool remembered = false;  ///< the verdict is an earlier one
    bool no_common_protocol =
        false;  ///< the server ended the handshake because it speaks none of those it was offered
    /// Connected, but nothing of TLS came: the server may speak something else, or wait to be spoken to in
    /// it.
    bool may_lack_tls = false;
    std::string note = {};  ///< what the record says of an accepted one, if anything
};

/// Resolves, connects, begins TLS, and lets the handshake go on only when the certificates have been found
/// good, if need be with issuers that are fetched. Everything is bounded in time by upstream.connect_timeout
/// (twice: for the name and for the connection), upstream.handshake_timeout and repair.budget.
OperationPtr start_upstream_dial(WorkerParts& parts, DialRequest request,
                                 std::function<void(DialOutcome)> completion);

}  // namespace chainmend::proxy
