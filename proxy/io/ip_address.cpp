#include "proxy/io/ip_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cstring>

namespace chainmend::proxy {

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
    if (text.size() >= INET6_ADDRSTRLEN) return std::nullopt;
    if (text.find('\0') != std::string_view::npos) return std::nullopt;
    const std::string terminated(text);
    std::uint8_t octets[16];
    if (::inet_pton(AF_INET, terminated.c_str(), octets) == 1) return from_octets({octets, 4});
    if (::inet_pton(AF_INET6, terminated.c_str(), octets) == 1) return from_octets({octets, 16});
    return std::nullopt;
}

IpAddress IpAddress::from_octets(ByteView octets) {
    assert(octets.size() == 4 || octets.size() == 16);
    IpAddress address;
    address.family_ = octets.size() == 4 ? Family::v4 : Family::v6;
    std::copy(octets.begin(), octets.end(), address.octets_.begin());
    return address;
}

std::string IpAddress::text() const {
    char buffer[INET6_ADDRSTRLEN];
    ::inet_ntop(family_ == Family::v4 ? AF_INET : AF_INET6, octets_.data(), buffer, sizeof buffer);
    return buffer;
}

IpAddress IpAddress::unmapped() const {
    constexpr std::uint8_t prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    if (family_ == Family::v4 || !std::equal(std::begin(prefix), std::end(prefix), octets_.begin()))
        return *this;
    return from_octets(octets().subspan(12));
}

bool IpAddress::is_loopback() const {
    const IpAddress plain = unmapped();
    if (plain.family_ == Family::v4) return plain.octets_[0] == 127;
    return plain == *parse("::1");
}

bool IpAddress::is_unspecified() const {
    const IpAddress plain = unmapped();
    return std::all_of(plain.octets_.begin(), plain.octets_.end(),
                       [](std::uint8_t octet) { return octet == 0; });
}

std::optional<SocketAddress> SocketAddress::parse(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    std::string_view host = text.substr(0, colon);
    const std::string_view digits = text.substr(colon + 1);
    const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (bracketed) host = host.substr(1, host.size() - 2);
    const auto address = IpAddress::parse(host);
    if (!address || (address->family() == IpAddress::Family::v6) != bracketed) return std::nullopt;
    SocketAddress result{*address, 0};
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), result.port);
    if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    return result;
}

std::optional<SocketAddress> SocketAddress::from_sockaddr(const sockaddr* native) {
    if (native->sa_family == AF_INET) {
        sockaddr_in v4;
        std::memcpy(&v4, native, sizeof v4);
        std::uint8_t octets[4];
        std::memcpy(octets, &v4.sin_addr, sizeof octets);
        return SocketAddress{IpAddress::from_octets(octets), ntohs(v4.sin_port)};
    }
    if (native->sa_family == AF_INET6) {
        sockaddr_in6 v6;
        std::memcpy(&v6, native, sizeof v6);
        std::uint8_t octets[16];
        std::memcpy(octets, &v6.sin6_addr, sizeof octets);
        return SocketAddress{IpAddress::from_octets(octets), ntohs(v6.sin6_port)};
    }
    return std::nullopt;
}

std::string SocketAddress::text() const {
    const std::string host = address.text();
    const std::string digits = std::to_string(port);
    return address.family() == IpAddress::Family::v6 ? "[" + host + "]:" + digits : host + ":" + digits;
}

}  // namespace chainmend::proxy
