#pragma once

#include <optional>
#include <string_view>

namespace chainmend::certs {

/// How private the addresses may be that a URL leads to, from the least to the most. Whoever follows URLs of
/// certificates decides by the address of the server that showed them; kept with an issuer, it allows no more
/// when the URL is followed again.
enum class Network { public_internet, private_network, loopback };

/// "public", "private", "loopback"
const char* to_string(Network network);
std::optional<Network> network_from(std::string_view text);

}  // namespace chainmend::certs
