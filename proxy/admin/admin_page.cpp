#include "proxy/admin/admin_page.h"

#include <nlohmann/json.hpp>

#include "proxy/admin/admin_gate.h"
#include "proxy/admin/metrics_text.h"
#include "proxy/admin/status_json.h"
#include "proxy/report/auto_configuration.h"

namespace chainmend::proxy {
namespace {

AdminPage text_page(int status, const std::string& text) {
    return {status, AdminPage{}.content_type, text + "\n"};
}

const char* phrase_of(int status) {
    switch (status) {
        case 200:
            return "OK";
        case 400:
            return "Bad Request";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 431:
            return "Request Header Fields Too Large";
        case 503:
            return "Service Unavailable";
        case 505:
            return "HTTP Version Not Supported";
        default:
            return "Error";
    }
}

AdminPage readiness(const Status& status) {
    if (status.ready) return text_page(200, "ready");
    const bool is_over = status.at > status.ca_not_after.value_or(Time::min());
    return text_page(
        503, is_over ? "the signing CA has expired: chainmend ca rotate makes a new one" : "draining");
}

/// A listener on every address is reached where this page was (`own`).
std::string proxy_configuration(const std::string& listener, const IpAddress& own) {
    auto address = SocketAddress::parse(listener);
    if (address && address->address.is_unspecified()) address->address = own.unmapped();
    return auto_configuration(address ? address->text() : listener);
}

}  // namespace

AdminPage admin_page(const RequestHead& head, const IpAddress& own, const std::function<Status()>& status) {
    if (const auto objection = gate_objection(head, own); !objection.empty())
        return text_page(403, objection);
    if (!asks_for_page(head.method)) return text_page(405, "only GET and HEAD are known here");
    const auto path = head.target.substr(0, head.target.find('?'));
    if (path == "/healthz") return text_page(200, "ok");
    if (path == "/readyz") return readiness(status());
    if (path == "/status") return {200, "application/json", to_line(status_json(status())) + "\n"};
    if (path == "/metrics") return {200, "text/plain; version=0.0.4; charset=utf-8", metrics_text(status())};
    if (path == "/ca.pem") return {200, "application/x-pem-file", status().ca_pem};
    if (path == "/proxy.pac")
        return {200, auto_configuration_type, proxy_configuration(status().address, own)};
    return text_page(404, "there is /status, /metrics, /healthz, /readyz, /ca.pem, /proxy.pac and /d/ID");
}

AdminPage admin_page(const RequestParser::Refusal& refusal) {
    return text_page(refusal.status, refusal.reason);
}

bool asks_for_page(std::string_view method) {
    return method == "GET" || method == "HEAD";
}

std::string admin_response(const AdminPage& page, std::string_view method) {
    return "HTTP/1.1 " + std::to_string(page.status) + " " + phrase_of(page.status) +
           "\r\nContent-Type: " + page.content_type +
           "\r\nContent-Length: " + std::to_string(page.body.size()) +
           (page.status == 405 ? "\r\nAllow: GET, HEAD" : "") +
           "\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n" +
           (method == "HEAD" ? "" : page.body);
}

}  // namespace chainmend::proxy
