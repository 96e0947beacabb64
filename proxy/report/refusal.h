#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "certs/verdict.h"

namespace chainmend::proxy {

/// Why a request ends here for another reason than its server's certificates. Each has its own code, status
/// and RFC 9209 error type, so that a person, a script and a next proxy can tell them apart.
enum class Trouble {
    bad_request,         ///< not a well-formed request
    head_too_large,      ///< more than the bound on a request's head
    request_timeout,     ///< the request did not arrive in time
    port_denied,         ///< policy: this port
    destination_denied,  ///< policy: this address, or every address of this name
    host_denied,         ///< policy: this host
    proxy_loop,          ///< the destination is this proxy
    connection_limit,    ///< listen.max_connections is reached
    dns_error,           ///< the name does not resolve
    dns_timeout,
    connection_refused,
    connection_timeout,
    destination_unreachable,  ///< no route, network down
    connection_terminated,    ///< closed or reset before the TLS handshake was over
    not_tls,                  ///< what answered does not speak TLS
    tls_protocol_error,       ///< the handshake failed for a reason that is not the certificate
    tls_alert_received,       ///< the server ended the handshake with an alert
    tls_timeout,              ///< the handshake did not end in time
    upstream_proxy_refused,   ///< upstream.proxy made no connection
    upstream_proxy_timeout,   ///< upstream.proxy did not answer in time
    authentication_required,  ///< no credentials for this proxy, or wrong ones
    bad_response,             ///< a server's HTTP answer that can not be passed on
    response_timeout,         ///< no HTTP answer in time
    internal_error,           ///< our own failing: out of memory, descriptors, a CA that can not sign
};

/// The host in the address of every decision, which this proxy answers itself. The name is reserved for
/// private use (draft-davies-internal-tld) and never looked up.
inline constexpr std::string_view own_host = "chainmend.internal";

/// "dns_error", "connection_refused", ...
const char* to_string(Trouble trouble);
std::optional<Trouble> trouble_from(std::string_view code);
/// What to do about it: a sentence for a person, never empty.
const char* advice_for(Trouble trouble);

/// What a client is told when its request ends here. Everything in it may be hostile text: response() makes
/// it harmless.
struct Refusal {
    int status = 502;
    std::string code;        ///< a verdict's reason or a to_string(Trouble)
    std::string cause;       ///< one line for a person
    std::string error_type;  ///< RFC 9209 section 2.3
    std::string next_hop;    ///< the host that was asked for, empty when unknown
    std::string advice;      ///< what to do about it, may be empty
    std::string id;          ///< the decision's, as in the log
};

Refusal refusal_for(Trouble trouble, std::string cause, std::string host);
/// For a refused verdict: the detail of its failure, completed by what a person wants to know beside it.
Refusal refusal_for(const certs::Verdict& verdict, const std::string& host);

/// The reason phrase: "chainmend CODE: CAUSE; http://chainmend.internal/d/ID", printable ASCII, at most 200
/// bytes: many clients show this line and nothing else. The cause is shortened when it is too long, never the
/// rest.
std::string reason_phrase(const Refusal& refusal);

/// The Proxy-Status field's value (RFC 9209), serialised as RFC 8941 demands.
std::string proxy_status(const Refusal& refusal);

/// The whole HTTP/1.1 response, with "Connection: close" and a body in HTML, JSON or text, whichever `accept`
/// (the request's Accept field, may be empty) likes best; text when it names none. The answer to a HEAD has
/// the same head and no body (RFC 9110 section 9.3.2).
std::string response(const Refusal& refusal, const std::string& accept, std::string_view method = {});

}  // namespace chainmend::proxy
