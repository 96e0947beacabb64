#pragma once

#include <string>
#include <string_view>

#include "config/result.h"
#include "proxy/http/authority.h"

namespace chainmend::proxy {

/// A request's target in absolute form (RFC 9112 section 3.2.2), taken apart.
struct AbsoluteTarget {
    bool https = false;
    Authority authority;  ///< the port is the scheme's own when none was given
    std::string path;     ///< path and query as sent; "/" when there was none
    /// Neither path nor query was sent: OPTIONS then means the server as such (RFC 9112 section 3.2.4).
    bool is_server_itself = false;

    /// What the Host field says: the port is left out when it is the scheme's own.
    std::string host_field() const;
};

/// "http://" or "https://" in whatever case, or "ws://" and "wss://", which clients of WebSockets write for
/// the same (RFC 6455 section 3).
bool is_absolute_form(std::string_view target);

/// ErrorCode::malformed with one printable line: userinfo, a fragment, bytes that no URL has, or a host or
/// port that parse_authority() would not take.
Result<AbsoluteTarget> parse_absolute_target(std::string_view target);

}  // namespace chainmend::proxy
