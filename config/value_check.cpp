#include "config/value_check.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <sstream>
#include <string_view>

#include "config/date.h"
#include "config/forgivable_reasons.h"
#include "config/sha256_text.h"

namespace chainmend::config {
namespace {

/// Bits in an address of this spelling, 0 when it is none.
int address_bits(std::string_view text) {
    unsigned char octets[16];
    const std::string terminated(text);
    if (inet_pton(AF_INET, terminated.c_str(), octets) == 1) return 32;
    if (inet_pton(AF_INET6, terminated.c_str(), octets) == 1) return 128;
    return 0;
}

/// RFC 5952; an IPv4 address in IPv6 is the IPv4 address. Nothing for what is no address.
std::optional<std::string> canonical_address(const std::string& text) {
    in6_addr v6{};
    char canonical[INET6_ADDRSTRLEN];
    if (inet_pton(AF_INET6, text.c_str(), &v6) != 1) return std::nullopt;
    if (IN6_IS_ADDR_V4MAPPED(&v6)) return inet_ntop(AF_INET, v6.s6_addr + 12, canonical, sizeof canonical);
    return inet_ntop(AF_INET6, &v6, canonical, sizeof canonical);
}

bool is_number_up_to(std::string_view text, int most) {
    int number = -1;
    const char* end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, number);
    return !text.empty() && error == std::errc{} && stopped == end && number >= 0 && number <= most;
}

bool is_network(std::string_view text) {
    const auto slash = text.find('/');
    const int bits = address_bits(text.substr(0, slash));
    return bits > 0 && (slash == std::string_view::npos || is_number_up_to(text.substr(slash + 1), bits));
}

struct HostAndPort {
    std::string_view host;
    std::string_view port;  ///< empty when there is none
    bool bracketed = false;
};

HostAndPort split(std::string_view text) {
    if (text.starts_with('[')) {
        const auto bracket = text.find(']');
        if (bracket == std::string_view::npos) return {text, {}, false};
        const std::string_view rest = text.substr(bracket + 1);
        return {text.substr(1, bracket - 1), rest.starts_with(':') ? rest.substr(1) : rest, true};
    }
    const auto colon = text.find(':');
    if (colon == std::string_view::npos || text.find(':', colon + 1) != std::string_view::npos)
        return {text, {}, false};
    return {text.substr(0, colon), text.substr(colon + 1), false};
}

bool is_host(std::string_view text) {
    const auto fits = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
    };
    return !text.empty() && text.size() <= 253 && std::all_of(text.begin(), text.end(), fits) &&
           !text.starts_with('.') && text.find("..") == std::string_view::npos;
}

Complaint unless(bool fine, const char* complaint) {
    if (fine) return std::nullopt;
    return complaint;
}

}  // namespace

Complaint check_listen_address(const std::string& text) {
    const auto [host, port, bracketed] = split(text);
    const int bits = address_bits(host);
    const bool host_fits = host == "localhost" || (bracketed ? bits == 128 : bits == 32);
    return unless(host_fits && is_number_up_to(port, 65'535),
                  "an address and a port are needed, for instance \"127.0.0.1:8181\" or \"[::1]:8181\"");
}

Complaint check_optional_listen_address(const std::string& text) {
    return text.empty() ? std::nullopt : check_listen_address(text);
}

Complaint check_ip_addresses(const std::string& text) {
    std::istringstream words(text);
    bool fine = false;
    for (std::string word; words >> word;) {
        fine = address_bits(word) > 0;
        if (!fine) break;
    }
    return unless(fine, "an address is needed, for instance \"192.0.2.7\" or \"2001:db8::7\", or several");
}

Complaint check_network(const std::string& text) {
    return unless(is_network(text), "an address or a network is needed, for instance \"10.0.0.0/8\"");
}

Complaint check_network_and_port(const std::string& text) {
    if (is_network(text)) return std::nullopt;
    const auto [network, port, bracketed] = split(text);
    return unless(is_network(network) && is_number_up_to(port, 65'535) && port != "0",
                  "an address or a network is needed, perhaps with a port, for instance \"10.0.0.0/8\", "
                  "\"10.1.2.3:8080\" or \"[fd00::/8]:8080\"");
}

Complaint check_optional_proxy(const std::string& text) {
    if (text.empty()) return std::nullopt;
    const std::string_view scheme = "http://";
    std::string_view rest = text;
    bool fine = rest.starts_with(scheme);
    if (fine) rest.remove_prefix(scheme.size());
    if (const auto at = rest.rfind('@'); at != std::string_view::npos) rest.remove_prefix(at + 1);
    if (rest.ends_with('/')) rest.remove_suffix(1);
    const auto [host, port, bracketed] = split(rest);
    fine = fine && (bracketed ? address_bits(host) == 128 : is_host(host)) && is_number_up_to(port, 65'535) &&
           port != "0";
    return unless(fine, "a proxy is written like \"http://proxy.example:3128\"");
}

Complaint check_optional_proxy_address(const std::string& text) {
    if (text.empty()) return std::nullopt;
    const auto [host, port, bracketed] = split(text);
    const bool fine =
        address_bits(host) == (bracketed ? 128 : 32) && is_number_up_to(port, 65'535) && port != "0";
    return unless(fine, "the proxy's address and port are needed, for instance \"192.0.2.7:3128\"");
}

Complaint check_optional_http_url(const std::string& text) {
    const std::string_view scheme = text.starts_with("https://") ? "https://" : "http://";
    const auto is_plain = [](char c) { return c > ' ' && c < '\x7f' && c != '"' && c != '@' && c != '#'; };
    bool fine = text.starts_with(scheme) && std::all_of(text.begin(), text.end(), is_plain);
    if (fine) {
        const std::string_view rest = std::string_view(text).substr(scheme.size());
        const auto authority = rest.substr(0, rest.find_first_of("/?"));
        const auto [host, port, bracketed] = split(authority);
        fine = (bracketed ? address_bits(host) == 128 : is_host(host)) &&
               (port.empty() || (is_number_up_to(port, 65'535) && port != "0"));
    }
    return unless(fine || text.empty(), "an address like \"https://lists.example/cas.pem\" is needed");
}

Complaint check_host_pattern(const std::string& text) {
    const std::string_view host =
        text.starts_with("*.") ? std::string_view(text).substr(2) : std::string_view(text);
    // A pattern in another spelling would match nothing, and what it forbids would be allowed.
    if (const auto canonical = canonical_address(text); canonical && *canonical != text)
        return "hosts are compared in the usual spelling; write \"" + *canonical + "\"";
    if (is_host(host) && host.ends_with('.')) return "leave out the dot at the end";
    return unless(
        is_host(host) || address_bits(text) > 0,
        "a host is needed, for instance \"www.example.com\", or \"*.example.com\" for all below it, "
        "in lower case");
}

Complaint check_host_patterns(const std::string& text) {
    std::istringstream words(text);
    bool fine = false;
    for (std::string word; words >> word;) {
        if (auto complaint = check_host_pattern(word)) return complaint;
        fine = true;
    }
    return unless(fine, "hosts are needed, separated by blanks, for instance \"*.corp.example intranet\"");
}

Complaint check_forgivable(const std::string& text) {
    const auto& names = forgivable_reasons();
    if (std::find(names.begin(), names.end(), text) != names.end()) return std::nullopt;
    std::string all;
    for (const std::string& name : names)
        all += (all.empty() ? "" : ", ") + name;
    return "it may be one of: " + all;
}

Complaint check_host_and_port(const std::string& text) {
    const auto [host, port, bracketed] = split(text);
    const bool host_fits = bracketed ? address_bits(host) == 128 : is_host(host) || address_bits(text) == 128;
    return unless(
        host_fits && (port.empty() || (is_number_up_to(port, 65'535) && port != "0")),
        "a host is needed, perhaps with a port, for instance \"www.example.com:8443\", in lower case");
}

Complaint check_key_pin(const std::string& text) {
    return unless(
        parse_key_pin(text).has_value(),
        "a SHA-256 is needed, 64 hexadecimal digits or 44 characters of base64, as chainmend check --pins "
        "prints those of public keys");
}

Complaint check_date(const std::string& text) {
    return unless(last_moment_of(text).ok(), "a date is needed, for instance \"2026-12-31\"");
}

Complaint check_not_empty(const std::string& text) {
    return unless(text.find_first_not_of(" \t\r\n") != std::string::npos, "it may not be empty");
}

}  // namespace chainmend::config
