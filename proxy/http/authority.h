#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "certs/reference_identity.h"
#include "config/result.h"

namespace chainmend::proxy {

/// Where a CONNECT wants to go: host and port.
struct Authority {
    certs::ReferenceIdentity host;
    std::uint16_t port = 443;

    /// "example.com:443", "[2001:db8::1]:443"
    std::string text() const;
    bool operator==(const Authority&) const = default;
};

/// A CONNECT's target (RFC 9110 section 9.3.6): host and port, both there, nothing else. IPv6 literals in
/// brackets, without zone id; IPv4 only as dotted quad (hosts that end in a number and are no dotted quad are
/// refused, since resolvers read 0x7f.1 and 2130706433 as addresses); port 1 to 65535 in at most five digits.
/// ErrorCode::malformed with one printable line.
Result<Authority> parse_authority(std::string_view text);

/// A server as people name it: HOST, HOST:PORT, [ADDRESS], [ADDRESS]:PORT or a bare IPv6 address; the port is
/// 443 when none is given. Errors as above.
Result<Authority> parse_server(std::string_view text);

/// The last label is a number, decimal or hexadecimal: what inet_aton(3), and with it getaddrinfo(3), may
/// take for an IPv4 address, whatever a reader takes it for.
bool ends_in_a_number(std::string_view host);

}  // namespace chainmend::proxy
