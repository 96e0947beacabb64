#include "proxy/clients/proxy_place.h"

#include <algorithm>

#include "config/ascii.h"

namespace chainmend::proxy {
namespace {

/// Java's options have no brackets, URLs have them.
std::string without_brackets(const std::string& host) {
    const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
    return bracketed ? host.substr(1, host.size() - 2) : host;
}

bool same_host(const std::string& named, const std::string& listener) {
    const auto one = ascii_lower(without_brackets(named));
    const auto other = ascii_lower(without_brackets(listener));
    const bool loopback = other == "127.0.0.1" || other == "::1";
    return one == other || (loopback && one == "localhost");
}

}  // namespace

std::string ProxyPlace::url() const {
    return "http://" + (userinfo.empty() ? "" : userinfo + "@") + host + ":" + port;
}

Result<ProxyPlace> ProxyPlace::of_listener(const std::string& address) {
    const auto colon = address.rfind(':');
    ProxyPlace place{address.substr(0, colon), address.substr(colon + 1)};
    if (place.port == "0") {
        return Error{ErrorCode::configuration,
                     "listen.address has port 0, so the port is known only when the proxy has "
                     "started; give it a port"};
    }
    if (place.host == "0.0.0.0") place.host = "127.0.0.1";
    if (place.host == "[::]") place.host = "[::1]";
    return place;
}

NamedProxy NamedProxy::parse(const std::string& text) {
    NamedProxy named;
    std::string rest = text;
    if (const auto end = rest.find("://"); end != std::string::npos) {
        named.scheme = ascii_lower(rest.substr(0, end));
        rest.erase(0, end + 3);
    }
    // The last "@": a password in which one was not encoded is hidden all the same.
    if (const auto at = rest.rfind('@'); at != std::string::npos) {
        named.place.userinfo = rest.substr(0, at);
        rest.erase(0, at + 1);
    }
    rest.resize(std::min(rest.find_first_of("/?#"), rest.size()));
    const auto colon = rest.rfind(':');
    const bool has_port = colon != std::string::npos && !rest.ends_with(']');
    named.place.host = rest.substr(0, has_port ? colon : rest.size());
    if (has_port) named.place.port = rest.substr(colon + 1);
    return named;
}

bool NamedProxy::is_at(const ProxyPlace& other) const {
    return place.port == other.port && same_host(place.host, other.host);
}

std::string NamedProxy::text() const {
    return (scheme.empty() ? "" : scheme + "://") + (place.userinfo.empty() ? "" : "***@") + place.host +
           (place.port.empty() ? "" : ":" + place.port);
}

ProxyPlace with_credentials(ProxyPlace place, const VariableLookup& present) {
    for (const char* name : {"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"}) {
        const auto named = NamedProxy::parse(present(name).value_or(""));
        if (place.userinfo.empty() && named.scheme == "http" && named.is_at(place))
            place.userinfo = named.place.userinfo;
    }
    return place;
}

}  // namespace chainmend::proxy
