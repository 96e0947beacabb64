#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "config/result.h"

namespace chainmend::proxy {

/// Which schemes a URL may have: what certificates name is fetched over http alone (who verifies the server
/// of an https URL needs issuers in turn), what a person asks for over both.
enum class Schemes { http, http_and_https };

/// An http or https URL as it is fetched: no userinfo, no fragment.
struct Url {
    bool secure = false;  ///< https
    std::string host;     ///< lower-case name or address literal, without brackets
    std::uint16_t port = 80;
    std::string path = "/";  ///< path and query as sent in the request line; begins with "/"

    /// "http://host:port/path", the port left out when it is 80, or 443 with https.
    std::string text() const;
    /// The Host header: "host" or "host:port", IPv6 in brackets.
    std::string host_header() const;

    bool operator==(const Url&) const = default;
};

/// Certificates' URLs are hostile text. ErrorCode::blocked for other schemes ("not followed (http only)"),
/// ErrorCode::malformed for userinfo, control bytes, spaces, non-ASCII, backslashes, zone ids, port
/// 0, a host that is none, and anything beyond 2 KiB (no real caIssuers URL seen has more than 300 bytes).
Result<Url> parse_url(std::string_view text, Schemes schemes = Schemes::http);

/// A redirect's Location against the URL it came from (RFC 3986 section 5.2, as far as http needs it:
/// absolute, scheme-relative, absolute path, relative path, query alone).
Result<Url> resolve_url(const Url& base, std::string_view location, Schemes schemes = Schemes::http);

}  // namespace chainmend::proxy
