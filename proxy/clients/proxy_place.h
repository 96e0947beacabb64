#pragma once

#include <string>

#include "config/result.h"
#include "proxy/clients/client_files.h"

namespace chainmend::proxy {

/// Where the proxy is, as a client on this machine says it: a name or an address (an IPv6 address in
/// brackets), and a port.
struct ProxyPlace {
    std::string host;
    std::string port;
    std::string userinfo = {};  ///< "USER:PASSWORD", percent-encoded; empty when the client has none

    /// "http://HOST:PORT", with the user and password in it when there are some.
    std::string url() const;
    /// From "0.0.0.0:8181"; a listener on every address is reached on this machine's own.
    /// ErrorCode::configuration when the port is 0, which is known only once the proxy has started.
    static Result<ProxyPlace> of_listener(const std::string& address);
};

/// A proxy as people write it into variables and settings.
struct NamedProxy {
    std::string scheme;  ///< "http"; empty when none was written
    ProxyPlace place;    ///< whatever was written, a part that is missing empty

    static NamedProxy parse(const std::string& text);

    /// Whether it is this very proxy, with whatever user and password.
    bool is_at(const ProxyPlace& other) const;
    /// For people: the user and password are hidden.
    std::string text() const;
};

/// `place` with the user and password that a variable for proxies holds for this very proxy already.
ProxyPlace with_credentials(ProxyPlace place, const VariableLookup& present);

}  // namespace chainmend::proxy
