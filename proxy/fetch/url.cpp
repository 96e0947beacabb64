#include "proxy/fetch/url.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "config/ascii.h"
#include "proxy/io/ip_address.h"
#include "proxy/report/printable.h"

namespace chainmend::proxy {
namespace {

constexpr std::size_t max_url = 2048;

std::uint16_t usual_port(bool secure) {
    return secure ? 443 : 80;
}

Error malformed(std::string_view text, std::string_view why) {
    return {ErrorCode::malformed,
            "\"" + printable_ascii(without_userinfo(text), 100) + "\" " + std::string(why)};
}

bool is_alpha(char c) {
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// RFC 3986 section 3.1; empty when there is none.
std::string scheme_of(std::string_view text) {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos || colon == 0 || !is_alpha(text.front())) return {};
    const std::string_view scheme = text.substr(0, colon);
    const bool valid = std::all_of(scheme.begin(), scheme.end(), [](char c) {
        return is_alpha(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
    });
    return valid ? ascii_lower(scheme) : std::string();
}

/// What may stand in a URL at all: visible ASCII. A backslash some read as a slash.
bool is_clean(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f && c != '\\'; });
}

bool is_host_name(std::string_view host) {
    if (host.empty() || host.size() > 253) return false;
    std::size_t label = 0;
    for (const char c : host) {
        if (c == '.') {
            if (label == 0) return false;
            label = 0;
        } else if (!(is_alpha(c) || is_digit(c) || c == '-' || c == '_') || ++label > 63) {
            return false;
        }
    }
    return label > 0;
}

/// Host and port from "host", "host:", "host:port", "[v6]:port".
std::optional<Url> parse_host_and_port(std::string_view authority, bool secure) {
    Url url;
    url.secure = secure;
    url.port = usual_port(secure);
    const std::size_t close = authority.rfind(']');
    const std::size_t colon = authority.find(':', close == std::string_view::npos ? 0 : close);
    std::string_view host = authority.substr(0, colon);
    if (close != std::string_view::npos) {
        if (host.size() < 3 || host.front() != '[' || host.back() != ']') return std::nullopt;
        const auto address = IpAddress::parse(host.substr(1, host.size() - 2));
        if (!address || address->family() != IpAddress::Family::v6) return std::nullopt;
        url.host = address->text();
    } else {
        if (host.ends_with('.')) host.remove_suffix(1);
        if (!is_host_name(host)) return std::nullopt;
        url.host = ascii_lower(host);
    }
    const std::string_view digits =
        colon == std::string_view::npos ? std::string_view() : authority.substr(colon + 1);
    if (digits.empty()) return url;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), url.port);
    const bool whole = error == std::errc{} && end == digits.data() + digits.size() && digits.size() <= 5;
    if (!whole || url.port == 0) return std::nullopt;
    return url;
}

/// What was read is written longer when it began its path with a query or leaves the host to its base.
Result<Url> bounded(Url url) {
    if (url.text().size() > max_url) return malformed(url.text(), "is longer than 2 KiB");
    return url;
}

/// RFC 3986 section 5.2.4, for a path that begins with a slash; the query is left alone.
std::string without_dot_segments(std::string_view reference) {
    const std::size_t query = reference.find('?');
    std::string_view path = reference.substr(0, query);
    std::string result;
    while (!path.empty()) {
        const std::size_t next = path.find('/', 1);
        const std::string_view segment = path.substr(0, next);
        path = next == std::string_view::npos ? std::string_view() : path.substr(next);
        if (segment == "/." || segment == "/..") {
            if (segment == "/..") result.erase(std::min(result.rfind('/'), result.size()));
            if (path.empty()) result += '/';
        } else {
            result += segment;
        }
    }
    if (query != std::string_view::npos) result += reference.substr(query);
    return result;
}

}  // namespace

std::string Url::host_header() const {
    const std::string name = host.find(':') == std::string::npos ? host : "[" + host + "]";
    return port == usual_port(secure) ? name : name + ":" + std::to_string(port);
}

std::string Url::text() const {
    return (secure ? "https://" : "http://") + host_header() + path;
}

Result<Url> parse_url(std::string_view text, Schemes schemes) {
    if (text.size() > max_url) return malformed(text, "is longer than 2 KiB");
    const std::string scheme = scheme_of(text);
    if (scheme.empty()) return malformed(text, "is not a URL");
    const bool secure = scheme == "https";
    if (scheme != "http" && !(secure && schemes == Schemes::http_and_https)) {
        const char* only = schemes == Schemes::http ? "http" : "http and https";
        return Error{ErrorCode::blocked, std::string("not followed (") + only + " only)"};
    }
    if (!is_clean(text)) return malformed(text, "holds bytes that no URL has");
    std::string_view rest = text.substr(scheme.size() + 1);
    if (!rest.starts_with("//")) return malformed(text, "names no host");
    rest.remove_prefix(2);
    rest = rest.substr(0, rest.find('#'));
    const std::size_t path = rest.find_first_of("/?");
    const std::string_view authority = rest.substr(0, path);
    if (authority.find('@') != std::string_view::npos) return malformed(text, "has a user name in it");
    auto url = parse_host_and_port(authority, secure);
    if (!url) return malformed(text, "has a host or port that is none");
    if (path != std::string_view::npos) url->path = rest.substr(path);
    if (url->path.front() == '?') url->path.insert(0, "/");
    return bounded(std::move(*url));
}

Result<Url> resolve_url(const Url& base, std::string_view location, Schemes schemes) {
    if (!scheme_of(location).empty()) return parse_url(location, schemes);
    if (location.starts_with("//"))
        return parse_url((base.secure ? "https:" : "http:") + std::string(location), schemes);
    const std::string_view reference = location.substr(0, location.find('#'));
    Url url = base;
    const std::string base_path = base.path.substr(0, base.path.find('?'));
    if (reference.starts_with('/')) {
        url.path = reference;
    } else if (reference.starts_with('?')) {
        url.path = base_path + std::string(reference);
    } else if (!reference.empty()) {
        url.path = base_path.substr(0, base_path.rfind('/') + 1) + std::string(reference);
    }
    if (!is_clean(url.path)) return malformed(location, "is no place to redirect to");
    url.path = without_dot_segments(url.path);
    return bounded(std::move(url));
}

}  // namespace chainmend::proxy
