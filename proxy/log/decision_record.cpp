#include "proxy/log/decision_record.h"

#include <cstdio>

#include "proxy/report/verdict_json.h"

namespace chainmend::proxy {
namespace {

Json text_or_null(const std::string& text) {
    return text.empty() ? Json(nullptr) : Json(text);
}

Json endpoint_json(const Endpoint& endpoint) {
    Json json = Json::object();
    if (!endpoint.address.empty()) json["ip"] = endpoint.address;
    if (endpoint.port > 0) json["port"] = endpoint.port;
    return json;
}

Json event_json(const char* action, bool success, std::chrono::nanoseconds duration) {
    return {{"kind", "event"},
            {"category", {"network"}},
            {"action", action},
            {"outcome", success ? "success" : "failure"},
            {"duration", duration.count()}};
}

Json server_certificate_json(const certs::Certificate& certificate) {
    const auto not_after = certificate.not_after();
    return {{"subject", certificate.subject()},
            {"issuer", certificate.issuer()},
            {"not_after", not_after ? Json(to_rfc3339(*not_after)) : Json(nullptr)},
            {"hash", {{"sha256", to_hex(certificate.sha256())}}}};
}

Json tls_json(const tls::Negotiated& negotiated) {
    Json json = Json::object();
    if (!negotiated.version.empty()) json["version"] = negotiated.version;
    if (!negotiated.cipher.empty()) json["cipher"] = negotiated.cipher;
    if (!negotiated.group.empty()) json["curve"] = negotiated.group;
    if (!negotiated.protocol.empty()) json["next_protocol"] = negotiated.protocol;
    if (!negotiated.version.empty()) json["resumed"] = negotiated.resumed;
    return json;
}

// Which step the decision was made at: ECS wants a word for what happened.
const char* action_of(const DecisionRecord& record) {
    if (record.verdict) return "tls-verify";
    if (!record.url.empty() && record.accepted) return "http-request";
    return record.server.address.empty() && record.server.port == 0 ? "http-request" : "connect";
}

Json verdict_part(const certs::Verdict& verdict) {
    return {{"profile", verdict.profile},
            {"verified_for", text_or_null(verdict.host)},
            {"depth", verdict.failure.depth},
            {"path", path_json(verdict)},
            {"presented", verdict.presented.size()},
            {"unused", fingerprints_json(verdict.superfluous)},
            {"out_of_order", verdict.out_of_order},
            {"missing", missing_json(verdict.missing)},
            {"warnings", warnings_json(verdict.warnings)},
            {"attempts", attempts_json(verdict.attempts)},
            {"fetches", fetches_json(verdict.fetches)},
            {"expires", expires_json(verdict.expires)},
            {"exception", exception_json(verdict.exception)},
            {"revocation", revocation_json(verdict.revocation, verdict.at)},
            {"stats", stats_json(verdict.stats)}};
}

}  // namespace

std::string to_rfc3339_milliseconds(RecordTime time) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
    char fraction[8];
    std::snprintf(fraction, sizeof fraction, ".%03dZ", static_cast<int>((time - seconds).count()));
    auto text = to_rfc3339(seconds);
    text.pop_back();
    return text + fraction;
}

Json decision_json(const DecisionRecord& record) {
    Json json = {{"@timestamp", to_rfc3339_milliseconds(record.at)},
                 {"event", event_json(action_of(record), record.accepted, record.duration)},
                 {"client", endpoint_json(record.client)}};
    if (!record.user_agent.empty()) json["user_agent"] = {{"original", record.user_agent}};
    if (!record.method.empty()) json["http"]["request"] = {{"method", record.method}};
    if (record.status != 0) json["http"]["response"] = {{"status_code", record.status}};
    if (!record.url.empty()) json["url"] = {{"original", record.url}};
    json["destination"] = endpoint_json(record.server);
    if (!record.host.empty()) json["destination"]["domain"] = record.host;
    json["tls"] = tls_json(record.tls);
    if (record.verdict && !record.verdict->presented.empty()) {
        json["tls"]["server"] = server_certificate_json(*record.verdict->presented.front());
    }
    const auto* verdict = record.verdict.get();
    Json own = {{"v", 1},
                {"id", record.id},
                {"decision", record.accepted ? "accepted" : "refused"},
                {"how", verdict && verdict->how ? Json(certs::to_string(*verdict->how)) : Json(nullptr)},
                {"reason", record.reason},
                {"detail", record.detail},
                {"remembered", record.remembered}};
    if (verdict) own.update(verdict_part(*verdict));
    json["chainmend"] = std::move(own);
    return json;
}

Json tunnel_json(const TunnelRecord& record) {
    // Most clients just close: that is how their tunnels end well.
    const bool success = record.end == "closed" || record.end == "truncated_by_client";
    Json json = {{"@timestamp", to_rfc3339_milliseconds(record.at)},
                 {"event", event_json("tunnel-end", success, record.duration)},
                 {"client", endpoint_json(record.client)},
                 {"server", {{"bytes", record.bytes_from_server}}},
                 {"destination", endpoint_json(record.server)},
                 {"tls", tls_json(record.client_tls)}};
    json["client"]["bytes"] = record.bytes_from_client;
    if (!record.server_name.empty()) json["tls"]["client"] = {{"server_name", record.server_name}};
    if (!record.host.empty()) json["destination"]["domain"] = record.host;
    json["chainmend"] = {
        {"v", 1}, {"id", record.id}, {"end", record.end}, {"detail", text_or_null(record.detail)}};
    return json;
}

}  // namespace chainmend::proxy
