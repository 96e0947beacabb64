#include "proxy/log/host_event.h"

#include <nlohmann/json.hpp>

#include "proxy/report/printable.h"

namespace chainmend::proxy {

std::string host_event_text(const HostEvent& event) {
    std::string text = "chainmend";
    if (!event.host.empty()) {
        const bool is_v6 = event.host.find(':') != std::string::npos;
        text = is_v6 ? "[" + event.host + "]" : event.host;
        if (event.port != 0) text += ":" + std::to_string(event.port);
    }
    return printable_ascii(text + ": " + event.kind + ": " + event.detail);
}

Json host_event_json(const HostEvent& event) {
    Json json = {
        {"@timestamp", to_rfc3339_milliseconds(event.at)},
        {"event", {{"kind", "alert"}, {"category", Json::array({"network"})}, {"action", "monitor"}}},
        {"message", host_event_text(event)}};
    if (!event.host.empty()) json["destination"]["domain"] = event.host;
    if (event.port != 0) json["destination"]["port"] = event.port;
    Json own = {{"v", 1}, {"event", event.kind}, {"detail", event.detail}};
    if (!event.decision.empty()) own["id"] = event.decision;
    if (event.expires) {
        own["certificate"] = event.certificate;
        own["expires"] = {{"at", to_rfc3339(*event.expires)}, {"days", event.days}};
    }
    json["chainmend"] = std::move(own);
    return json;
}

}  // namespace chainmend::proxy
