#pragma once

#include <chrono>
#include <string>

#include "proxy/history/policy_record.h"
#include "proxy/log/decision_record.h"
#include "proxy/tunnel/relay.h"
#include "proxy/tunnel/upstream_dial.h"

namespace chainmend::proxy {

/// What is known of a connection for its records, gathered as it is learnt.
struct TunnelFacts {
    std::string id;  ///< of the latest decision
    std::chrono::steady_clock::time_point accepted_at = std::chrono::steady_clock::now();
    std::chrono::steady_clock::time_point requested_at = accepted_at;  ///< the request's first byte
    SocketAddress client;
    std::string user_agent;
    std::string method;  ///< of the request
    std::string url;     ///< of a request in absolute form, as sent
    std::string host;
    std::uint16_t port = 0;
    SocketAddress server;
    PolicyPtr policy;         ///< by which the request is decided
    std::string server_name;  ///< that the client named in its TLS handshake

    /// `refusal` is null for an accepted server. `status` is what the client was answered, 0 for no HTTP
    /// answer.
    DecisionRecord decision(const DialOutcome& outcome, const Refusal* refusal, int status) const;
    TunnelRecord ended(const RelayOutcome& outcome, const tls::Negotiated& client_tls) const;

  private:
    Endpoint server_endpoint(const SocketAddress& address) const;
};

}  // namespace chainmend::proxy
