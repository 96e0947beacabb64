#include "proxy/io/native_address.h"

#include <cstring>

namespace chainmend::proxy {

NativeAddress::NativeAddress(const SocketAddress& address) {
    const ByteView octets = address.address.octets();
    if (address.address.family() == IpAddress::Family::v4) {
        sockaddr_in v4{};
        v4.sin_family = AF_INET;
        v4.sin_port = htons(address.port);
        std::memcpy(&v4.sin_addr, octets.data(), octets.size());
        std::memcpy(&storage_, &v4, size_ = sizeof v4);
    } else {
        sockaddr_in6 v6{};
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(address.port);
        std::memcpy(&v6.sin6_addr, octets.data(), octets.size());
        std::memcpy(&storage_, &v6, size_ = sizeof v6);
    }
}

}  // namespace chainmend::proxy
