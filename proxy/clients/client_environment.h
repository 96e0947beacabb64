#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "proxy/clients/client_files.h"

namespace chainmend::proxy {

/// The variables that make today's clients use the proxy and trust its CA.
struct ClientEnvironment {
    std::vector<std::pair<std::string, std::string>> set;  ///< name and value, in a fixed order
    std::vector<std::string> unset;                        ///< names that would defeat the others
};

/// Where the proxy is, as a client on this machine says it: a name or an address (an IPv6 address in
/// brackets), and a port.
struct ProxyPlace {
    std::string host;
    std::string port;

    /// "http://HOST:PORT"
    std::string url() const { return "http://" + host + ":" + port; }
    /// From "0.0.0.0:8181"; a listener on every address is reached on this machine's own.
    /// ErrorCode::configuration when the port is 0, which is known only once the proxy has started.
    static Result<ProxyPlace> of_listener(const std::string& address);
};

/// The table of client_variables() filled in. `present` tells the variables as they are: what some of them
/// hold already is kept in front, and a second time nothing is added.
ClientEnvironment client_environment(const ProxyPlace& proxy, const ClientFiles& files,
                                     const VariableLookup& present);

/// A NO_PROXY list that all clients understand: names and ".suffix"es. "*.example.com" becomes
/// ".example.com"; "*", which would switch the proxy off, is left out.
std::string understood_by_all(const std::string& no_proxy);

}  // namespace chainmend::proxy
