#include "proxy/io/cidr.h"

#include <charconv>

namespace chainmend::proxy {
namespace {

std::optional<int> parse_number(std::string_view digits, int maximum) {
    int value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    if (value < 0 || value > maximum) return std::nullopt;
    return value;
}

int width_of(const IpAddress& address) {
    return static_cast<int>(address.octets().size()) * 8;
}

bool bit(ByteView octets, int index) {
    return (octets[static_cast<std::size_t>(index / 8)] >> (7 - index % 8)) & 1;
}

Error not_a_block(std::string_view text, std::string_view why) {
    return {ErrorCode::configuration, "\"" + std::string(text.substr(0, 80)) + "\" " + std::string(why)};
}

}  // namespace

Result<Cidr> Cidr::parse(std::string_view text) {
    const std::size_t slash = text.find('/');
    const auto address = IpAddress::parse(text.substr(0, slash));
    if (!address) return not_a_block(text, "is not a block of addresses such as 10.0.0.0/8 or 2001:db8::/32");
    const int width = width_of(*address);
    int length = width;
    if (slash != std::string_view::npos) {
        const auto parsed = parse_number(text.substr(slash + 1), width);
        if (!parsed)
            return not_a_block(text, "has a prefix length that is not 0 to " + std::to_string(width));
        length = *parsed;
    }
    for (int index = length; index < width; ++index) {
        if (bit(address->octets(), index)) return not_a_block(text, "has bits set beyond its prefix length");
    }
    return Cidr(*address, length).unmapped();
}

/// A block of IPv4-mapped addresses (RFC 4291 section 2.5.5.2) is the IPv4 block that it means. One that is
/// wider than all of them is an IPv6 block and stays one.
Cidr Cidr::unmapped() const {
    constexpr int mapping_bits = 96;
    const IpAddress plain = first_.unmapped();
    if (plain.family() == first_.family() || prefix_length_ < mapping_bits) return *this;
    return {plain, prefix_length_ - mapping_bits};
}

bool Cidr::contains(const IpAddress& address) const {
    const IpAddress plain = first_.family() == IpAddress::Family::v4 ? address.unmapped() : address;
    if (plain.family() != first_.family()) return false;
    for (int index = 0; index < prefix_length_; ++index) {
        if (bit(plain.octets(), index) != bit(first_.octets(), index)) return false;
    }
    return true;
}

std::string Cidr::text() const {
    return first_.text() + "/" + std::to_string(prefix_length_);
}

Result<CidrPort> CidrPort::parse(std::string_view text) {
    std::string_view block = text;
    std::string_view digits;
    const bool bracketed = !text.empty() && text.front() == '[';
    if (bracketed) {
        const std::size_t close = text.find(']');
        if (close == std::string_view::npos) return not_a_block(text, "lacks a closing bracket");
        block = text.substr(1, close - 1);
        digits = text.substr(close + 1);
    } else if (const std::size_t colon = text.find(':');
               colon != std::string_view::npos && text.find(':', colon + 1) == std::string_view::npos) {
        block = text.substr(0, colon);
        digits = text.substr(colon);
    }
    auto parsed = Cidr::parse(block);
    if (!parsed) return parsed.error();
    if (digits.empty()) return CidrPort{*parsed, std::nullopt};
    const auto port = digits.front() == ':' ? parse_number(digits.substr(1), 65535) : std::nullopt;
    if (!port || *port == 0) return not_a_block(text, "has a port that is not 1 to 65535");
    return CidrPort{*parsed, static_cast<std::uint16_t>(*port)};
}

bool CidrPort::contains(const SocketAddress& address) const {
    return (!port || *port == address.port) && block.contains(address.address);
}

std::string CidrPort::text() const {
    if (!port) return block.text();
    const std::string text = block.text();
    const std::string digits = std::to_string(*port);
    return text.find(':') == std::string::npos ? text + ":" + digits : "[" + text + "]:" + digits;
}

}  // namespace chainmend::proxy
