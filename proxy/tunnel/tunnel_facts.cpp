#include "proxy/tunnel/tunnel_facts.h"

namespace chainmend::proxy {
namespace {

RecordTime record_time() {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

}  // namespace

Endpoint TunnelFacts::server_endpoint(const SocketAddress& address) const {
    return {address.port == 0 ? "" : address.address.text(), port};
}

DecisionRecord TunnelFacts::decision(const DialOutcome& outcome, const Refusal* refusal, int status) const {
    DecisionRecord record;
    record.id = id;
    record.at = record_time();
    record.duration = std::chrono::steady_clock::now() - requested_at;
    record.client = {client.address.text(), client.port};
    record.user_agent = user_agent;
    record.method = method;
    record.url = url;
    record.host = host;
    record.server = server_endpoint(outcome.server);
    record.tls = outcome.tls;
    record.accepted = refusal == nullptr;
    record.reason = refusal ? refusal->code : "ok";
    record.detail = refusal ? refusal->cause : outcome.note;
    record.status = status;
    record.remembered = outcome.remembered;
    record.verdict = outcome.verdict;
    return record;
}

TunnelRecord TunnelFacts::ended(const RelayOutcome& outcome, const tls::Negotiated& client_tls) const {
    TunnelRecord record;
    record.id = id;
    record.at = record_time();
    record.duration = std::chrono::steady_clock::now() - accepted_at;
    record.client = {client.address.text(), client.port};
    record.host = host;
    record.server = server_endpoint(server);
    record.bytes_from_client = outcome.bytes_from_client;
    record.bytes_from_server = outcome.bytes_from_server;
    record.client_tls = client_tls;
    record.server_name = server_name;
    record.end = outcome.end;
    record.detail = outcome.detail;
    return record;
}

}  // namespace chainmend::proxy
