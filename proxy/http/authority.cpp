#include "proxy/http/authority.h"

#include <algorithm>
#include <charconv>

#include "proxy/io/ip_address.h"
#include "proxy/report/printable.h"

namespace chainmend::proxy {
namespace {

Error malformed(std::string_view text, std::string_view why) {
    return {ErrorCode::malformed,
            "\"" + printable_ascii(without_userinfo(text), 60) + "\" " + std::string(why)};
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

std::optional<std::uint16_t> parse_port(std::string_view digits) {
    std::uint32_t port = 0;
    if (digits.empty() || digits.size() > 5 || !std::all_of(digits.begin(), digits.end(), is_digit))
        return std::nullopt;
    std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (port == 0 || port > 65535) return std::nullopt;
    return static_cast<std::uint16_t>(port);
}

}  // namespace

bool ends_in_a_number(std::string_view host) {
    if (!host.empty() && host.back() == '.') host.remove_suffix(1);
    const std::string_view label = host.substr(host.rfind('.') + 1);
    if (label.empty()) return false;
    if (std::all_of(label.begin(), label.end(), is_digit)) return true;
    const bool hex = label.size() >= 2 && label[0] == '0' && (label[1] == 'x' || label[1] == 'X');
    return hex && std::all_of(label.begin() + 2, label.end(),
                              [](char c) { return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f'); });
}

std::string Authority::text() const {
    const bool bracketed = host.kind() == certs::ReferenceIdentity::Kind::ip && host.address().size() == 16;
    return (bracketed ? "[" + host.text() + "]" : host.text()) + ":" + std::to_string(port);
}

Result<Authority> parse_authority(std::string_view text) {
    // A DNS name has 253 octets at most (RFC 1035 section 2.3.4, without the final dot).
    if (text.size() > 253 + 1 + 6) return malformed(text, "is too long for a host and a port");
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos || text.ends_with(']')) return malformed(text, "has no port");
    std::string_view host = text.substr(0, colon);
    const auto port = parse_port(text.substr(colon + 1));
    if (!port) return malformed(text, "has a port that is not 1 to 65535");
    if (host.empty()) return malformed(text, "has no host");

    const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (bracketed) {
        host = host.substr(1, host.size() - 2);
        const auto address = IpAddress::parse(host);
        if (!address || address->family() != IpAddress::Family::v6) {
            return malformed(text,
                             "has something in brackets that is no IPv6 address (zone ids are not accepted)");
        }
    } else if (ends_in_a_number(host) && !IpAddress::parse(host)) {
        return malformed(
            text, "has a host that some would read as an IPv4 address; only dotted quads are accepted");
    } else if (host.find(':') != std::string_view::npos) {
        return malformed(text, "is not host:port (IPv6 addresses need brackets)");
    }
    auto identity = certs::ReferenceIdentity::from_host(host);
    if (!identity) return malformed(text, "has a host that is neither a DNS name nor an address");
    return Authority{std::move(*identity), *port};
}

Result<Authority> parse_server(std::string_view text) {
    if (text.find('/') != std::string_view::npos)
        return malformed(text, "is no server: give HOST[:PORT], not a URL");
    const auto colons = std::count(text.begin(), text.end(), ':');
    std::string whole(text);
    if (text.starts_with('[')) {
        if (text.ends_with(']')) whole += ":443";
    } else if (colons == 0) {
        whole += ":443";
    } else if (colons > 1) {
        whole = "[" + whole + "]:443";
    }
    return parse_authority(whole);
}

}  // namespace chainmend::proxy
