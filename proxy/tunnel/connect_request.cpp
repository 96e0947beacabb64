#include "proxy/tunnel/connect_request.h"

namespace chainmend::proxy {

Refusal refusal_for(const RequestParser::Refusal& refusal) {
    auto made = refusal_for(refusal.status == 431 ? Trouble::head_too_large : Trouble::bad_request,
                            refusal.reason, "");
    made.status = refusal.status;
    return made;
}

std::optional<Refusal> judge_target(const Authority& authority, bool plain_http, const Snapshot& snapshot) {
    const auto& host = authority.host.text();
    if (host == own_host) {
        const auto address = "http://" + host + "/";
        auto refusal =
            refusal_for(Trouble::bad_request,
                        host + " is this proxy itself, which answers there without TLS: " + address, host);
        refusal.advice = "Ask the proxy for " + address + "..., as for any http:// URL.";
        return refusal;
    }
    const auto& policy = *snapshot.policies->for_host(host);
    if (policy.action == config::HostAction::refuse) {
        return refusal_for(Trouble::host_denied,
                           host + " is refused by the configuration, " + snapshot.policies->rule_for(host),
                           host);
    }
    const auto& connect = policy.connect_policy;
    if (const auto denial =
            plain_http ? connect.deny_http_port(authority.port) : connect.deny_port(authority.port)) {
        return refusal_for(denial->trouble, denial->cause, host);
    }
    return std::nullopt;
}

std::variant<Authority, Refusal> judge_request(const RequestHead& head, const Snapshot& snapshot) {
    auto authority = parse_authority(head.target);
    if (!authority) return refusal_for(Trouble::bad_request, authority.error().message, "");
    if (auto refusal = judge_target(*authority, false, snapshot)) return std::move(*refusal);
    return std::move(authority).value();
}

}  // namespace chainmend::proxy
