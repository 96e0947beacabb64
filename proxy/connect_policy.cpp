#include "proxy/connect_policy.h"

#include <algorithm>

#include "proxy/fetch/egress_policy.h"

namespace chainmend::proxy {
namespace {

// "This host" (RFC 1122 section 3.2.1.3; Linux takes it for loopback), multicast and broadcast: no TCP server
// has one.
bool is_nobodys(const IpAddress& address) {
    const auto first = address.octets()[0];
    if (address.family() == IpAddress::Family::v6) return address.is_unspecified() || first == 0xFF;
    return first == 0 || first >= 224;
}

Result<void> add_blocks(std::vector<CidrPort>& blocks, const std::vector<std::string>& texts) {
    for (const auto& text : texts) {
        auto block = CidrPort::parse(text);
        if (!block) return block.error().in("connect.deny");
        blocks.push_back(*block);
    }
    return {};
}

}  // namespace

Result<ConnectPolicy> ConnectPolicy::make(const config::ConnectSettings& settings,
                                          std::vector<SocketAddress> own_listeners,
                                          std::vector<IpAddress> own_addresses) {
    const bool all_on_loopback =
        std::all_of(own_listeners.begin(), own_listeners.end(),
                    [](const auto& listener) { return listener.address.is_loopback(); });
    ConnectPolicy policy;
    policy.ports_ = settings.ports;
    policy.default_ports_ = !settings.ports;
    if (!policy.ports_ && !all_on_loopback) policy.ports_ = {443, 8443};
    for (const auto port : policy.ports_.value_or(std::vector<std::int64_t>{})) {
        if (port >= 1 && port <= 65535) continue;
        return Error{ErrorCode::configuration, "connect.ports: " + std::to_string(port) + " is no port"};
    }
    policy.default_denials_ = !settings.deny;
    policy.deny_loopback_ = !all_on_loopback;
    if (auto added = add_blocks(policy.denied_, settings.deny.value_or(std::vector<std::string>{})); !added) {
        return added.error();
    }
    policy.own_listeners_ = std::move(own_listeners);
    policy.own_addresses_ = std::move(own_addresses);
    return policy;
}

std::optional<ConnectPolicy::Denial> ConnectPolicy::deny_port(std::uint16_t port) const {
    // An empty list is what "any" was read as.
    if (!ports_ || ports_->empty() || std::find(ports_->begin(), ports_->end(), port) != ports_->end())
        return std::nullopt;
    return Denial{Trouble::port_denied, "port " + std::to_string(port) + " may not be connected to"};
}

std::optional<ConnectPolicy::Denial> ConnectPolicy::deny_http_port(std::uint16_t port) const {
    if (default_ports_ && port == 80) return std::nullopt;
    return deny_port(port);
}

std::optional<ConnectPolicy::Denial> ConnectPolicy::deny_address(const SocketAddress& target) const {
    const SocketAddress plain{target.address.unmapped(), target.port};
    const auto denied = [&](const std::string& why) {
        return Denial{Trouble::destination_denied, plain.address.text() + " may not be connected to: " + why};
    };
    if (is_own_listener(plain)) return Denial{Trouble::proxy_loop, plain.text() + " is this proxy itself"};
    if (is_nobodys(plain.address)) return denied("no server has this address");
    const auto reach = reach_of(plain.address);
    if (default_denials_ && reach == Reach::never)
        return denied("link-local and metadata addresses are denied");
    if (default_denials_ && deny_loopback_ && reach == Reach::loopback) {
        return denied("loopback is denied while others than this machine may use the proxy");
    }
    for (const auto& block : denied_) {
        if (block.contains(plain)) return denied("connect.deny has " + block.text());
    }
    return std::nullopt;
}

bool ConnectPolicy::is_own_listener(const SocketAddress& target) const {
    return std::any_of(own_listeners_.begin(), own_listeners_.end(), [&](const auto& listener) {
        if (listener.port != target.port) return false;
        if (!listener.address.is_unspecified()) return listener.address.unmapped() == target.address;
        return target.address.is_loopback() || target.address.is_unspecified() ||
               std::find(own_addresses_.begin(), own_addresses_.end(), target.address) !=
                   own_addresses_.end();
    });
}

}  // namespace chainmend::proxy
