#pragma once

#include "certs/network.h"
#include "proxy/io/ip_address.h"

namespace chainmend::proxy {

/// How private an address is, from the least to the most.
enum class Reach {
    public_internet,
    private_network,  ///< RFC 1918, ULA, CGNAT
    loopback,
    reserved,  ///< nobody's to fetch from: multicast, documentation, tunnels that could hide another address
    never,     ///< link-local and cloud metadata: no setting opens them
};
/// "public", "private", "loopback", ...: for a sentence like "a private address".
const char* to_string(Reach reach);

/// What `address` is, looking through IPv4-mapped, IPv4-compatible, 6to4 and NAT64 spellings to the IPv4
/// address inside.
Reach reach_of(const IpAddress& address);

/// What an origin of this reach may point to, as it is kept with an issuer, and back. What is neither public,
/// private nor loopback gives no more than public.
certs::Network network_of(Reach origin);
Reach reach_of(certs::Network network);

}  // namespace chainmend::proxy
