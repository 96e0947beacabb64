#pragma once

#include <optional>
#include <string>

#include "config/bytes.h"
#include "proxy/io/ip_address.h"

namespace chainmend::proxy {

/// Reads the header that a load balancer puts in front of a connection to say whose it is: the PROXY
/// protocol, version 1 (text) or 2 (binary), as HAProxy's specification of 2020 has it. A byte machine:
/// whoever uses it decides from whom such a header is believed, and demands it of those (section 2 of the
/// specification).
class ProxyProtocolReader {
  public:
    enum class State { incomplete, complete, failed };

    /// Takes bytes until the header is complete; what lies behind it is kept in rest().
    State receive(ByteView bytes);
    State state() const { return state_; }
    /// The client as the peer tells it; nothing when the peer speaks for itself (LOCAL, UNKNOWN) or of
    /// something else than TCP over IP.
    const std::optional<SocketAddress>& source() const { return source_; }
    Bytes take_rest() { return std::move(rest_); }
    /// One printable line when failed.
    const std::string& detail() const { return detail_; }

    /// Version 1's longest line (section 2.1).
    static constexpr std::size_t max_line = 107;
    /// Addresses and the extensions seen in practice (a TLS client's certificate name, a VPC's id) have some
    /// 200 bytes; the format allows 64 KiB, which nobody may make us keep.
    static constexpr std::size_t max_binary = 4096;

  private:
    void look();
    void look_at_text();
    void look_at_binary();
    void complete(std::size_t size);
    void fail(std::string detail);

    State state_ = State::incomplete;
    Bytes bytes_;
    std::optional<SocketAddress> source_;
    Bytes rest_;
    std::string detail_;
};

}  // namespace chainmend::proxy
