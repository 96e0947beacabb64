#include "proxy/report/refusal.h"

#include <algorithm>
#include <array>

#include "proxy/report/advice.h"
#include "proxy/report/body_format.h"
#include "proxy/report/printable.h"
#include "proxy/report/verdict_json.h"

namespace chainmend::proxy {
namespace {

// Reason phrases beyond this are cut or refused by clients; 200 bytes reach the user whole in those that show
// one.
constexpr std::size_t max_reason_phrase = 200;

constexpr const char* ask_address = "http://chainmend.internal/d/";

struct TroubleRow {
    Trouble trouble;
    const char* code;
    int status;
    const char* error_type;  // RFC 9209 section 2.3
    const char* advice;
};

constexpr std::array rows{
    TroubleRow{
        Trouble::bad_request, "bad_request", 400, "http_request_error",
        "Send CONNECT host:port, or a request for an http:// or https:// URL, as RFC 9112 describes them."},
    TroubleRow{Trouble::head_too_large, "head_too_large", 431, "http_request_error",
               "Send fewer or shorter fields."},
    TroubleRow{Trouble::request_timeout, "request_timeout", 408, "http_request_error",
               "Send the whole request at once, or raise listen.request_timeout."},
    TroubleRow{Trouble::port_denied, "port_denied", 403, "http_request_denied",
               "If this port is meant to be reached, add it to connect.ports."},
    TroubleRow{Trouble::destination_denied, "destination_denied", 403, "destination_ip_prohibited",
               "If this address is meant to be reached, take it out of connect.deny."},
    TroubleRow{
        Trouble::host_denied, "host_denied", 403, "http_request_denied",
        "A [[host]] rule of the configuration forbids this: change it if this host is meant to be reached."},
    TroubleRow{Trouble::proxy_loop, "proxy_loop", 403, "proxy_loop_detected",
               "The destination is this proxy itself: look at the proxy settings of the client."},
    TroubleRow{Trouble::connection_limit, "connection_limit", 503, "connection_limit_reached",
               "Try again, or raise listen.max_connections."},
    TroubleRow{Trouble::dns_error, "dns_error", 502, "dns_error",
               "Check the name and this machine's resolver."},
    TroubleRow{Trouble::dns_timeout, "dns_timeout", 504, "dns_timeout", "Check this machine's resolver."},
    TroubleRow{Trouble::connection_refused, "connection_refused", 502, "connection_refused",
               "Nothing listens there: check the port, and that the server is up."},
    TroubleRow{Trouble::connection_timeout, "connection_timeout", 504, "connection_timeout",
               "Check that the server is up and no firewall drops the connection."},
    TroubleRow{Trouble::destination_unreachable, "destination_unreachable", 502, "destination_ip_unroutable",
               "Check this machine's network."},
    TroubleRow{Trouble::connection_terminated, "connection_terminated", 502, "connection_terminated",
               "The server closed before it had shown a certificate: check its logs."},
    TroubleRow{
        Trouble::not_tls, "not_tls", 502, "tls_protocol_error",
        "Check the port: what listens there does not speak TLS. intercept.not_tls = \"relay\" lets it pass "
        "unread."},
    TroubleRow{Trouble::tls_protocol_error, "tls_protocol_error", 502, "tls_protocol_error",
               "Client and server share no TLS version or cipher that is safe, or the server is faulty."},
    TroubleRow{Trouble::tls_alert_received, "tls_alert_received", 502, "tls_alert_received",
               "The server refused the handshake: it may want a client certificate or another name."},
    TroubleRow{Trouble::tls_timeout, "tls_timeout", 504, "connection_read_timeout",
               "The server accepted the connection and then kept silent: check it."},
    TroubleRow{
        Trouble::bad_response, "bad_response", 502, "http_protocol_error",
        "The server's answer breaks HTTP in a way that others could read differently: check the server."},
    TroubleRow{Trouble::upstream_proxy_refused, "upstream_proxy_refused", 502, "destination_unavailable",
               "See the log of the proxy in upstream.proxy, and the credentials in there."},
    TroubleRow{Trouble::upstream_proxy_timeout, "upstream_proxy_timeout", 504, "connection_read_timeout",
               "Check that the proxy in upstream.proxy is up, and that it can reach the host."},
    TroubleRow{Trouble::authentication_required, "authentication_required", 407, "http_request_denied",
               "Put the name and password into the proxy's URL: http://NAME:PASSWORD@HOST:PORT."},
    TroubleRow{Trouble::response_timeout, "response_timeout", 504, "http_response_timeout",
               "The server took the request and then kept silent: check it, or raise upstream.idle_timeout."},
    TroubleRow{Trouble::internal_error, "internal_error", 500, "proxy_internal_error",
               "See what chainmend wrote to stderr."},
};

const TroubleRow& row_of(Trouble trouble) {
    const auto row =
        std::find_if(rows.begin(), rows.end(), [&](const auto& each) { return each.trouble == trouble; });
    return row == rows.end() ? rows.back() : *row;
}

// RFC 8941 section 3.3.4: a token begins with a letter or '*'.
bool is_token(const std::string& text) {
    static constexpr std::string_view more = "!#$%&'*+-.^_`|~:/";
    const auto alpha = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    if (text.empty() || !(alpha(text.front()) || text.front() == '*')) return false;
    return std::all_of(text.begin(), text.end(), [&](char c) {
        return alpha(c) || digit(c) || more.find(c) != std::string_view::npos;
    });
}

// RFC 8941 section 3.3.3
std::string sf_string(const std::string& text) {
    std::string quoted = "\"";
    for (const char character : printable_ascii(text)) {
        if (character == '"' || character == '\\') quoted.push_back('\\');
        quoted.push_back(character);
    }
    return quoted + "\"";
}

std::string text_body(const Refusal& refusal) {
    std::string body = "chainmend refused this request";
    if (!refusal.next_hop.empty()) body += " to " + printable_ascii(refusal.next_hop);
    body += ".\n\n" + printable_ascii(refusal.code) + ": " + printable_ascii(refusal.cause) + "\n";
    if (!refusal.advice.empty()) body += "\n" + printable_ascii(refusal.advice) + "\n";
    return body + "\nDecision " + refusal.id + ": " + ask_address + refusal.id + "\n";
}

std::string html_body(const Refusal& refusal) {
    const auto title =
        "chainmend refused " + (refusal.next_hop.empty() ? std::string("this request")
                                                         : html_escaped(printable_ascii(refusal.next_hop)));
    std::string body = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>" + title +
                       "</title></head>\n<body><h1>" + title + "</h1>\n<p><strong>" +
                       html_escaped(printable_ascii(refusal.code)) +
                       "</strong>: " + html_escaped(printable_ascii(refusal.cause)) + "</p>\n";
    if (!refusal.advice.empty()) body += "<p>" + html_escaped(printable_ascii(refusal.advice)) + "</p>\n";
    return body + "<p><a href=\"" + ask_address + refusal.id + "\">Decision " + refusal.id +
           "</a></p></body></html>\n";
}

std::string json_body(const Refusal& refusal) {
    return to_line({{"v", 1},
                    {"id", refusal.id},
                    {"decision", "refused"},
                    {"reason", refusal.code},
                    {"detail", refusal.cause},
                    {"host", refusal.next_hop},
                    {"advice", refusal.advice},
                    {"url", ask_address + refusal.id}}) +
           "\n";
}

}  // namespace

const char* to_string(Trouble trouble) {
    return row_of(trouble).code;
}

std::optional<Trouble> trouble_from(std::string_view code) {
    const auto row =
        std::find_if(rows.begin(), rows.end(), [&](const auto& each) { return each.code == code; });
    return row == rows.end() ? std::nullopt : std::optional(row->trouble);
}

const char* advice_for(Trouble trouble) {
    return row_of(trouble).advice;
}

Refusal refusal_for(Trouble trouble, std::string cause, std::string host) {
    const auto& row = row_of(trouble);
    return {row.status, row.code, std::move(cause), row.error_type, std::move(host), row.advice, ""};
}

Refusal refusal_for(const certs::Verdict& verdict, const std::string& host) {
    const auto reason = verdict.failure.reason;
    return {502,
            certs::to_string(reason),
            verdict.failure.detail,
            "tls_certificate_error",
            host,
            advice_for(verdict),
            ""};
}

std::string reason_phrase(const Refusal& refusal) {
    const auto head = "chainmend " + printable_ascii(refusal.code, 40) + ": ";
    const auto tail = "; " + (ask_address + printable_ascii(refusal.id, 40));
    return head + printable_ascii(refusal.cause, max_reason_phrase - head.size() - tail.size()) + tail;
}

std::string proxy_status(const Refusal& refusal) {
    std::string value = "chainmend; error=" + refusal.error_type;
    if (!refusal.next_hop.empty()) {
        value +=
            "; next-hop=" + (is_token(refusal.next_hop) ? refusal.next_hop : sf_string(refusal.next_hop));
    }
    return value + "; details=" + sf_string(printable_ascii(refusal.code, 40));
}

std::string response(const Refusal& refusal, const std::string& accept, std::string_view method) {
    const auto format = body_format(accept);
    const auto body = format == BodyFormat::html   ? html_body(refusal)
                      : format == BodyFormat::json ? json_body(refusal)
                                                   : text_body(refusal);
    const auto* type = format == BodyFormat::html   ? "text/html; charset=utf-8"
                       : format == BodyFormat::json ? "application/json"
                                                    : "text/plain; charset=us-ascii";
    std::string head = "HTTP/1.1 " + std::to_string(refusal.status) + " " + reason_phrase(refusal) + "\r\n";
    // RFC 7617
    if (refusal.status == 407) head += "Proxy-Authenticate: Basic realm=\"chainmend\", charset=\"UTF-8\"\r\n";
    head += "Proxy-Status: " + proxy_status(refusal) + "\r\n";
    head +=
        std::string("Content-Type: ") + type + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
    head += "X-Content-Type-Options: nosniff\r\nContent-Security-Policy: default-src 'none'\r\n";
    head += "Cache-Control: no-store\r\nConnection: close\r\n\r\n";
    return method == "HEAD" ? head : head + body;
}

}  // namespace chainmend::proxy
