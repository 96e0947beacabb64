#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "config/bytes.h"

struct sockaddr;  // the operating system's

namespace chainmend::proxy {

/// An IPv4 or IPv6 address without a port or zone. A value; ordered and comparable.
class IpAddress {
  public:
    enum class Family : std::uint8_t { v4, v6 };

    /// 0.0.0.0
    IpAddress() = default;
    /// Dotted quad or RFC 4291 text, nothing else: no zone id, no brackets, no octal or decimal spellings.
    static std::optional<IpAddress> parse(std::string_view text);
    /// 4 or 16 octets; anything else is a programming error.
    static IpAddress from_octets(ByteView octets);

    Family family() const { return family_; }
    ByteView octets() const {
        return {octets_.data(), family_ == Family::v4 ? std::size_t{4} : std::size_t{16}};
    }
    /// "192.0.2.1", "2001:db8::1"
    std::string text() const;

    /// The IPv4 address inside an IPv4-mapped (RFC 4291 2.5.5.2) one, else the address itself: the same host
    /// in its plain spelling.
    IpAddress unmapped() const;
    bool is_loopback() const;
    bool is_unspecified() const;

    auto operator<=>(const IpAddress&) const = default;

  private:
    Family family_ = Family::v4;
    std::array<std::uint8_t, 16> octets_{};
};

/// An address and a TCP port.
struct SocketAddress {
    IpAddress address;
    std::uint16_t port = 0;

    /// "192.0.2.1:80", "[2001:db8::1]:80": an address literal and a port of 0 to 65535.
    static std::optional<SocketAddress> parse(std::string_view text);
    /// nullopt for families other than IPv4 and IPv6. A zone id is lost.
    static std::optional<SocketAddress> from_sockaddr(const sockaddr* native);
    std::string text() const;

    auto operator<=>(const SocketAddress&) const = default;
};

}  // namespace chainmend::proxy
