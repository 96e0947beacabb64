#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/result.h"
#include "config/settings.h"
#include "proxy/io/cidr.h"
#include "proxy/io/ip_address.h"
#include "proxy/report/refusal.h"

namespace chainmend::proxy {

/// Where clients may have themselves connected to. Private networks are allowed: that is where many a server
/// with an incomplete chain stands. Immutable and thread-safe.
class ConnectPolicy {
  public:
    struct Denial {
        Trouble trouble;
        std::string cause;
    };

    /// Denies nothing but nobody's addresses: only there to be assigned to.
    ConnectPolicy() = default;
    /// Without settings: any port when every one of `own_listeners` is on loopback, else 443 and 8443; never
    /// link-local and metadata addresses, and not loopback either when a listener is beyond loopback, because
    /// then it is somebody else's loopback. Own listeners are always denied; one on 0.0.0.0 or :: stands for
    /// all `own_addresses`. ErrorCode::configuration for a port or a block that is none.
    static Result<ConnectPolicy> make(const config::ConnectSettings& settings,
                                      std::vector<SocketAddress> own_listeners,
                                      std::vector<IpAddress> own_addresses);

    std::optional<Denial> deny_port(std::uint16_t port) const;
    /// For a request over plain HTTP: without settings port 80 is allowed as well.
    std::optional<Denial> deny_http_port(std::uint16_t port) const;
    /// Ask it with the address that is really connected to.
    std::optional<Denial> deny_address(const SocketAddress& target) const;

  private:
    bool is_own_listener(const SocketAddress& target) const;

    std::optional<std::vector<std::int64_t>> ports_;  // absent: any
    bool default_ports_ = true;
    bool default_denials_ = true;
    bool deny_loopback_ = false;
    std::vector<CidrPort> denied_;
    std::vector<SocketAddress> own_listeners_;
    std::vector<IpAddress> own_addresses_;
};

}  // namespace chainmend::proxy
