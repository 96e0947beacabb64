#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/result.h"
#include "proxy/io/ip_address.h"

namespace chainmend::proxy {

/// A block of addresses, "10.0.0.0/8" or "2001:db8::/32"; a bare address is a block of one.
class Cidr {
  public:
    /// ErrorCode::configuration with the reason; bits beyond the prefix must be zero ("10.0.0.1/8" is a
    /// slip). A block of IPv4-mapped addresses is read as the IPv4 block that it means: "::ffff:10.0.0.0/104"
    /// is "10.0.0.0/8".
    static Result<Cidr> parse(std::string_view text);
    Cidr(IpAddress first, int prefix_length) : first_(first), prefix_length_(prefix_length) {}

    /// An IPv4-mapped address is looked up as the IPv4 address that it means.
    bool contains(const IpAddress& address) const;
    std::string text() const;

    bool operator==(const Cidr&) const = default;

  private:
    Cidr unmapped() const;

    IpAddress first_;
    int prefix_length_;
};

/// A block and, when given, one port: "10.0.0.0/8", "10.0.0.0/8:8080", "[2001:db8::/32]:8080".
struct CidrPort {
    Cidr block;
    std::optional<std::uint16_t> port;

    static Result<CidrPort> parse(std::string_view text);
    bool contains(const SocketAddress& address) const;
    std::string text() const;
};

}  // namespace chainmend::proxy
