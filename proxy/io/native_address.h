#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include "proxy/io/ip_address.h"

namespace chainmend::proxy {

/// A SocketAddress in the operating system's form.
class NativeAddress {
  public:
    explicit NativeAddress(const SocketAddress& address);

    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage_); }
    socklen_t size() const { return size_; }
    int family() const { return storage_.ss_family; }

  private:
    sockaddr_storage storage_{};
    socklen_t size_ = 0;
};

}  // namespace chainmend::proxy
