#include "proxy/forward/forwarded_fields.h"

#include <algorithm>
#include <set>

#include "proxy/forward/max_forwards.h"

namespace chainmend::proxy {
namespace {

using Kind = BodyFraming::Kind;

/// For one connection alone (RFC 9110 section 7.6.1), or written anew. HTTP2-Settings belongs to an upgrade
/// to h2c, which is never passed on (RFC 9113 appendix B).
constexpr std::string_view of_one_hop[] = {
    "connection", "keep-alive",        "proxy-connection", "te",
    "upgrade",    "transfer-encoding", "content-length",   "http2-settings"};

constexpr std::string_view not_in_trailers[] = {
    "host",         "authorization",    "set-cookie",    "cookie",        "content-encoding",
    "content-type", "trailer",          "cache-control", "content-range", "max-forwards",
    "expect",       "www-authenticate", "location",      "range",         "via"};

template <class Names>
bool contains(const Names& names, std::string_view name) {
    return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

bool is_of_one_hop(const HttpHeader& header, const std::vector<std::string>& connection) {
    return contains(of_one_hop, header.name) || header.name.starts_with("proxy-") ||
           contains(connection, header.name);
}

std::string line(std::string_view name, std::string_view value) {
    return std::string(name) + ": " + std::string(value) + "\r\n";
}

std::string framing_lines(const BodyFraming& framing) {
    switch (framing.kind) {
        case Kind::length:
            return line("Content-Length", std::to_string(framing.length));
        case Kind::chunked:
            return line("Transfer-Encoding", "chunked");
        case Kind::none:
        case Kind::until_end:
            break;
    }
    return "";
}

/// Via is a list: what others have said stays in front (RFC 9110 section 7.6.3).
std::string via_line(const std::vector<HttpHeader>& headers, int minor_version) {
    std::string value;
    for (const auto& header : headers) {
        if (header.name == "via" && !header.value.empty()) value += header.value + ", ";
    }
    return line("Via", value + "1." + std::to_string(minor_version) + " chainmend");
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const auto& word : words)
        text += (text.empty() ? "" : ", ") + word;
    return text;
}

std::vector<std::string> wanted_upgrades(const RequestHead& head, const BodyFraming& framing) {
    const bool asked = contains(list_members(head.headers, "connection"), "upgrade");
    if (!asked || head.minor_version == 0 || framing.kind != Kind::none) return {};
    auto protocols = list_members(head.headers, "upgrade");
    std::erase_if(protocols, [](const auto& protocol) { return protocol.starts_with("h2c"); });
    return protocols;
}

/// The target as the next one reads it: `through` a proxy it names the server again.
std::string target_field(const RequestHead& head, const AbsoluteTarget& target, bool through) {
    const bool of_server = head.method == "OPTIONS" && target.is_server_itself;
    if (through) return "http://" + target.host_field() + (of_server ? "" : target.path);
    return of_server ? "*" : target.path;
}

}  // namespace

Result<ForwardedRequest> forward_request(const RequestHead& head, const AbsoluteTarget& target,
                                         const UpstreamProxy* through) {
    const auto framing = framing_of(head);
    if (!framing) return framing.error();
    if (head.minor_version > 0 && !head.header("host"))
        return Error{ErrorCode::malformed, "an HTTP/1.1 request without Host"};
    const auto left = forwards_left(head);
    if (!left) return left.error();
    ForwardedRequest request;
    request.framing = *framing;
    request.upgrades = wanted_upgrades(head, *framing);
    const auto connection = list_members(head.headers, "connection");
    // A client of HTTP/1.0 can not be told to go on (RFC 9110 section 10.1.1).
    const auto is_dropped = [&](const HttpHeader& header) {
        return is_of_one_hop(header, connection) || header.name == "host" || header.name == "via" ||
               (header.name == "max-forwards" && *left) ||
               (header.name == "expect" && head.minor_version == 0);
    };
    const auto host = target.host_field();
    request.head = head.method + " " + target_field(head, target, through != nullptr) + " HTTP/1.1\r\n" +
                   line("Host", host);
    if (through) request.head += through->credentials_line();
    for (const auto& header : head.headers) {
        if (!is_dropped(header)) request.head += line(header.spelling, header.value);
    }
    if (*left) request.head += line("Max-Forwards", std::to_string(**left - 1));
    request.head += framing_lines(*framing) + via_line(head.headers, head.minor_version);
    std::vector<std::string> ours;
    if (contains(list_members(head.headers, "te"), "trailers")) {
        request.head += line("TE", "trailers");
        ours.push_back("TE");
    }
    if (!request.upgrades.empty()) {
        request.head += line("Upgrade", joined(request.upgrades));
        ours.push_back("Upgrade");
    }
    if (!ours.empty()) request.head += line("Connection", joined(ours));
    request.head += "\r\n";
    return request;
}

BodyFraming framing_for_client(const BodyFraming& received, int client_minor) {
    if (received.kind != Kind::chunked && received.kind != Kind::until_end) return received;
    return {client_minor > 0 ? Kind::chunked : Kind::until_end, 0};
}

std::string forward_response(const ResponseHead& head, const BodyFraming& framing, bool close,
                             const std::string& upgrade) {
    const auto connection = list_members(head.headers, "connection");
    std::string text = "HTTP/1.1 " + std::to_string(head.status) + " " + head.reason + "\r\n";
    for (const auto& header : head.headers) {
        // With no body of its own, the length is that of the body a GET would have had.
        const bool told_length = header.name == "content-length" && framing.kind == Kind::none &&
                                 head.status != 204 && !head.is_interim();
        if (told_length || (!is_of_one_hop(header, connection) && header.name != "via"))
            text += line(header.spelling, header.value);
    }
    text += framing_lines(framing);
    if (!head.is_interim() || !upgrade.empty()) text += via_line(head.headers, head.minor_version);
    // A 426 names what the server would rather speak (RFC 9110 section 15.5.22).
    const auto* offered = head.header("upgrade");
    const bool tells_upgrade = head.status == 426 && offered;
    if (!upgrade.empty()) text += line("Upgrade", upgrade) + line("Connection", "Upgrade");
    if (tells_upgrade) text += line("Upgrade", *offered);
    if (close || tells_upgrade)
        text += line("Connection", std::string(tells_upgrade ? "Upgrade" : "") +
                                       (close && tells_upgrade ? ", " : "") + (close ? "close" : ""));
    return text + "\r\n";
}

std::string forward_trailers(const std::vector<HttpHeader>& trailers) {
    std::string text;
    for (const auto& trailer : trailers) {
        if (!is_of_one_hop(trailer, {}) && !contains(not_in_trailers, trailer.name))
            text += line(trailer.spelling, trailer.value);
    }
    return text + "\r\n";
}

}  // namespace chainmend::proxy
