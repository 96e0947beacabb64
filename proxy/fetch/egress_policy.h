#pragma once

#include <memory>
#include <string>
#include <vector>

#include "config/result.h"
#include "config/settings.h"
#include "proxy/fetch/reach.h"
#include "proxy/io/cidr.h"
#include "proxy/io/ip_address.h"

namespace chainmend::proxy {

/// Which addresses the program itself may connect to when a certificate tells it to: for issuers, OCSP and
/// CRLs.
///
/// The rule is "never more private than the origin": an origin on the public internet may point only to
/// public addresses, one on a private network also to private ones, one on loopback also to loopback. So a
/// company's own PKI works without settings, and a stranger's certificate can not probe the inside. Ports:
/// 80, or 1024 and above. Never link-local or metadata addresses, never the proxy's own listeners.
/// `egress.deny` forbids more, `egress.allow` opens addresses (and, where it names one, a port) beyond the
/// rule; deny beats allow.
///
/// Immutable and thread-safe. Ask it with the address that is really connected to, after resolution and at
/// every redirect.
class EgressPolicy {
  public:
    /// ErrorCode::configuration for entries that are no CIDR[:port]. `own_listeners`: where the proxy itself
    /// listens; one on 0.0.0.0 or :: stands for all `own_addresses` (of this machine's interfaces).
    static Result<std::shared_ptr<const EgressPolicy>> make(const config::EgressSettings& settings,
                                                            std::vector<SocketAddress> own_listeners,
                                                            std::vector<IpAddress> own_addresses);

    /// The reach that an origin at this address gives to what its certificates point to: public, private or
    /// loopback.
    static Reach origin_reach(const IpAddress& origin);

    /// 80, or 1024 and above: what serves certificates, and not what speaks another protocol.
    static bool is_usual_port(std::uint16_t port);

    /// Empty when it may be connected to, else why not, in one line for people. `another_port` is as good as
    /// the usual ones: 443 for https, or one that a person named.
    std::string refusal(const SocketAddress& target, Reach origin, std::uint16_t another_port = 80) const;
    bool allows(const SocketAddress& target, Reach origin) const { return refusal(target, origin).empty(); }

  private:
    EgressPolicy() = default;
    bool is_own_listener(const SocketAddress& target) const;

    std::vector<CidrPort> allow_;
    std::vector<CidrPort> deny_;
    std::vector<SocketAddress> own_listeners_;
    std::vector<IpAddress> own_addresses_;
};

/// The addresses of this machine's interfaces, for EgressPolicy::make.
std::vector<IpAddress> interface_addresses();

}  // namespace chainmend::proxy
