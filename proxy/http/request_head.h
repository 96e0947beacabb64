#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace chainmend::proxy {

struct HttpHeader {
    std::string name;   ///< lower-case
    std::string value;  ///< without surrounding white space; no control characters
    /// The name as it was sent, for those who pass it on; empty when the reader had no use for it.
    std::string spelling = {};
};

/// The first value of `name` (lower-case), or nullptr.
const std::string* find_header(const std::vector<HttpHeader>& headers, std::string_view name);

/// The members of a comma-separated field (RFC 9110 section 5.6.1), of all its lines together: lower-case,
/// trimmed, without empty ones. For fields whose members are tokens: Connection, Upgrade, TE.
std::vector<std::string> list_members(const std::vector<HttpHeader>& headers, std::string_view name);

/// Everything in front of a request's body, as it was sent. Hostile text: printable enough not to break a
/// line, but nothing else has been promised about it.
struct RequestHead {
    std::string method;     ///< "CONNECT", "GET"
    std::string target;     ///< as sent: an authority for CONNECT
    int minor_version = 1;  ///< of HTTP/1.x
    std::vector<HttpHeader> headers;

    bool is_connect() const { return method == "CONNECT"; }
    /// The first value of `name` (lower-case), or nullptr.
    const std::string* header(std::string_view name) const { return find_header(headers, name); }
};

}  // namespace chainmend::proxy
