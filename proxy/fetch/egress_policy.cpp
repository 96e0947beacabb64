#include "proxy/fetch/egress_policy.h"

#include <uv.h>

#include <algorithm>

namespace chainmend::proxy {
namespace {

/// Privacy as a number: an origin may point to what is not more private than itself.
int privacy(Reach reach) {
    switch (reach) {
        case Reach::public_internet:
            return 0;
        case Reach::private_network:
            return 1;
        case Reach::loopback:
            return 2;
        case Reach::reserved:
        case Reach::never:
            return 3;
    }
    return 3;
}

Result<std::vector<CidrPort>> parse_all(const std::vector<std::string>& entries, const char* key) {
    std::vector<CidrPort> result;
    for (const std::string& text : entries) {
        auto entry = CidrPort::parse(text);
        if (!entry) return entry.error().in(key);
        result.push_back(*entry);
    }
    return result;
}

const CidrPort* find(const std::vector<CidrPort>& entries, const SocketAddress& target) {
    const auto found = std::find_if(entries.begin(), entries.end(),
                                    [&](const CidrPort& entry) { return entry.contains(target); });
    return found == entries.end() ? nullptr : &*found;
}

}  // namespace

Result<std::shared_ptr<const EgressPolicy>> EgressPolicy::make(const config::EgressSettings& settings,
                                                               std::vector<SocketAddress> own_listeners,
                                                               std::vector<IpAddress> own_addresses) {
    auto allow = parse_all(settings.allow, "egress.allow");
    if (!allow) return allow.error();
    auto deny = parse_all(settings.deny, "egress.deny");
    if (!deny) return deny.error();
    std::shared_ptr<EgressPolicy> policy(new EgressPolicy);
    policy->allow_ = std::move(*allow);
    policy->deny_ = std::move(*deny);
    policy->own_listeners_ = std::move(own_listeners);
    policy->own_addresses_ = std::move(own_addresses);
    return std::shared_ptr<const EgressPolicy>(std::move(policy));
}

Reach EgressPolicy::origin_reach(const IpAddress& origin) {
    const Reach reach = reach_of(origin);
    if (reach == Reach::private_network || reach == Reach::loopback) return reach;
    return Reach::public_internet;
}

bool EgressPolicy::is_usual_port(std::uint16_t port) {
    return port == 80 || port >= 1024;
}

std::string EgressPolicy::refusal(const SocketAddress& target, Reach origin,
                                  std::uint16_t another_port) const {
    const Reach reach = reach_of(target.address);
    const std::string where = target.text();
    if (reach == Reach::never) return where + " is a link-local or metadata address";
    if (is_own_listener(target)) return where + " is this proxy itself";
    if (const CidrPort* denied = find(deny_, target))
        return where + " is in egress.deny (" + denied->text() + ")";
    const CidrPort* allowed = find(allow_, target);
    const bool port_named = allowed && allowed->port;
    if (!port_named && !is_usual_port(target.port) && target.port != another_port)
        return where + " has a port other than 80 or 1024 and above";
    if (allowed || privacy(reach) <= privacy(origin)) return {};
    return where + " is a " + to_string(reach) + " address, and the origin is " + to_string(origin);
}

bool EgressPolicy::is_own_listener(const SocketAddress& target) const {
    const IpAddress address = target.address.unmapped();
    return std::any_of(own_listeners_.begin(), own_listeners_.end(), [&](const SocketAddress& listener) {
        if (listener.port != target.port) return false;
        if (listener.address.unmapped() == address) return true;
        if (!listener.address.is_unspecified()) return false;
        return address.is_loopback() || address.is_unspecified() ||
               std::find(own_addresses_.begin(), own_addresses_.end(), address) != own_addresses_.end();
    });
}

std::vector<IpAddress> interface_addresses() {
    std::vector<IpAddress> result;
    uv_interface_address_t* interfaces = nullptr;
    int count = 0;
    if (uv_interface_addresses(&interfaces, &count) != 0) return result;
    for (int index = 0; index < count; ++index) {
        const auto address =
            SocketAddress::from_sockaddr(reinterpret_cast<const sockaddr*>(&interfaces[index].address));
        if (address) result.push_back(address->address.unmapped());
    }
    uv_free_interface_addresses(interfaces, count);
    return result;
}

}  // namespace chainmend::proxy
