#include "proxy/fetch/reach.h"

#include <optional>
#include <vector>

#include "proxy/io/cidr.h"

namespace chainmend::proxy {
namespace {

struct Block {
    Cidr cidr;
    Reach reach;
};

Block block(const char* cidr, Reach reach) {
    return {*Cidr::parse(cidr), reach};
}

/// The first that contains an address decides. From the IANA special-purpose registries (RFC 6890 and
/// successors), and the addresses at which clouds tell a machine its credentials.
const std::vector<Block>& v4_blocks() {
    static const std::vector<Block> blocks = {
        block("0.0.0.0/8", Reach::reserved),          // "this network", RFC 791
        block("100.100.100.200/32", Reach::never),    // metadata: Alibaba Cloud
        block("168.63.129.16/32", Reach::never),      // metadata: Azure
        block("169.254.0.0/16", Reach::never),        // link-local, RFC 3927; metadata at 169.254.169.254
        block("192.0.0.192/32", Reach::never),        // metadata: Oracle Cloud
        block("10.0.0.0/8", Reach::private_network),  // RFC 1918
        block("172.16.0.0/12", Reach::private_network),
        block("192.168.0.0/16", Reach::private_network),
        block("100.64.0.0/10", Reach::private_network),  // CGNAT, RFC 6598
        block("198.18.0.0/15", Reach::private_network),  // benchmarks, RFC 2544
        block("127.0.0.0/8", Reach::loopback),
        block("192.0.0.0/24", Reach::reserved),  // protocol assignments, RFC 6890
        block("192.0.2.0/24", Reach::reserved),  // documentation, RFC 5737
        block("198.51.100.0/24", Reach::reserved),
        block("203.0.113.0/24", Reach::reserved),
        block("192.88.99.0/24", Reach::reserved),  // 6to4 relays, RFC 7526
        block("224.0.0.0/4", Reach::reserved),     // multicast
        block("240.0.0.0/4", Reach::reserved),     // future use and broadcast
    };
    return blocks;
}

const std::vector<Block>& v6_blocks() {
    static const std::vector<Block> blocks = {
        block("::1/128", Reach::loopback),          block("fe80::/10", Reach::never),  // link-local
        block("fd00:ec2::/32", Reach::never),                                          // metadata: AWS
        block("fd20:ce::254/128", Reach::never),     // metadata: Google Cloud
        block("fc00::/7", Reach::private_network),   // ULA, RFC 4193
        block("fec0::/10", Reach::private_network),  // site-local, deprecated by RFC 3879
        block("2001::/23", Reach::reserved),         // Teredo, ORCHID and other assignments, RFC 2928
        block("2001:db8::/32", Reach::reserved),     // documentation, RFC 3849
        block("3fff::/20", Reach::reserved),         // documentation, RFC 9637
        block("2000::/3", Reach::public_internet),   // the only global unicast space given out
    };
    return blocks;
}

Reach look_up(const std::vector<Block>& blocks, const IpAddress& address, Reach otherwise) {
    for (const Block& candidate : blocks) {
        if (candidate.cidr.contains(address)) return candidate.reach;
    }
    return otherwise;
}

/// The IPv4 address that an IPv6 address stands for on some networks.
std::optional<IpAddress> embedded_v4(const IpAddress& address) {
    struct Form {
        Cidr prefix;
        std::size_t offset;
    };
    static const Form forms[] = {
        {*Cidr::parse("::ffff:0:0/96"), 12},    // IPv4-mapped, RFC 4291
        {*Cidr::parse("::ffff:0:0:0/96"), 12},  // IPv4-translated, RFC 2765
        {*Cidr::parse("64:ff9b::/96"), 12},     // NAT64, RFC 6052
        {*Cidr::parse("64:ff9b:1::/48"), 12},   // local-use NAT64, RFC 8215 (with a /96 below it)
        {*Cidr::parse("2002::/16"), 2},         // 6to4, RFC 3056
        {*Cidr::parse("::/96"), 12},            // IPv4-compatible, RFC 4291; also :: and ::1
    };
    for (const Form& form : forms) {
        if (form.prefix.contains(address))
            return IpAddress::from_octets(address.octets().subspan(form.offset, 4));
    }
    return std::nullopt;
}

}  // namespace

const char* to_string(Reach reach) {
    switch (reach) {
        case Reach::public_internet:
            return "public";
        case Reach::private_network:
            return "private";
        case Reach::loopback:
            return "loopback";
        case Reach::reserved:
            return "reserved";
        case Reach::never:
            return "link-local or metadata";
    }
    return "";
}

Reach reach_of(const IpAddress& address) {
    if (address.family() == IpAddress::Family::v4)
        return look_up(v4_blocks(), address, Reach::public_internet);
    static const IpAddress v6_loopback = *IpAddress::parse("::1");
    if (address != v6_loopback) {
        if (const auto inside = embedded_v4(address)) return reach_of(*inside);
    }
    return look_up(v6_blocks(), address, Reach::reserved);
}

certs::Network network_of(Reach origin) {
    if (origin == Reach::private_network) return certs::Network::private_network;
    return origin == Reach::loopback ? certs::Network::loopback : certs::Network::public_internet;
}

Reach reach_of(certs::Network network) {
    switch (network) {
        case certs::Network::public_internet:
            return Reach::public_internet;
        case certs::Network::private_network:
            return Reach::private_network;
        case certs::Network::loopback:
            return Reach::loopback;
    }
    return Reach::public_internet;
}

}  // namespace chainmend::proxy
