#include "certs/network.h"

namespace chainmend::certs {

const char* to_string(Network network) {
    switch (network) {
        case Network::public_internet:
            return "public";
        case Network::private_network:
            return "private";
        case Network::loopback:
            return "loopback";
    }
    return "";
}

std::optional<Network> network_from(std::string_view text) {
    for (const auto network : {Network::public_internet, Network::private_network, Network::loopback}) {
        if (text == to_string(network)) return network;
    }
    return std::nullopt;
}

}  // namespace chainmend::certs
