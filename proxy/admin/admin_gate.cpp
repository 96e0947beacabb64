#include "proxy/admin/admin_gate.h"

#include <algorithm>
#include <string_view>

#include "config/ascii.h"

namespace chainmend::proxy {
namespace {

bool is_port(std::string_view text) {
    return !text.empty() && text.size() <= 5 &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// "localhost:8182" -> "localhost", "[::1]:8182" -> "::1"; empty for anything else than a host and perhaps a
/// port.
std::string_view host_of(std::string_view authority) {
    std::string_view host = authority;
    std::string_view rest;
    if (authority.starts_with('[')) {
        const auto end = authority.find(']');
        if (end == std::string_view::npos) return {};
        host = authority.substr(1, end - 1);
        rest = authority.substr(end + 1);
    } else if (const auto colon = authority.find(':'); colon != std::string_view::npos) {
        host = authority.substr(0, colon);
        rest = authority.substr(colon);
    }
    if (!rest.empty() && (rest.front() != ':' || !is_port(rest.substr(1)))) return {};
    return host;
}

bool is_ours(std::string_view authority, const IpAddress& own) {
    const auto host = host_of(authority);
    if (host == "localhost" || host.ends_with(".localhost")) return true;
    const auto address = IpAddress::parse(host);
    return address && (address->is_loopback() || address->unmapped() == own.unmapped());
}

}  // namespace

std::string gate_objection(const RequestHead& head, const IpAddress& own) {
    const std::string* host = head.header("host");
    if (!host) return "a Host header is needed";
    if (!is_ours(ascii_lower(*host), own)) return "this Host is not served here";
    const std::string* origin = head.header("origin");
    if (origin && ascii_lower(*origin) != "http://" + ascii_lower(*host))
        return "pages of another origin may not ask here";
    return "";
}

}  // namespace chainmend::proxy
