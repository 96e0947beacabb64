#pragma once

#include <list>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace chainmend::proxy {

/// Remembers which protocols (ALPN) a client at an address wanted from a server and got, because the server
/// is dialled before the client has said it. Thread-safe.
class ProtocolMemory {
  public:
    using Protocols = std::vector<std::string>;

    /// What to offer the server: what was seen, else HTTP/1.1, which every client of a CONNECT proxy can be
    /// supposed to speak.
    /// `server` is a host with its port: what speaks on one port says nothing about another.
    Protocols expect(const std::string& client, const std::string& server) const;
    void note(const std::string& client, const std::string& server, const Protocols& protocols);

    /// Pairs remembered, the latest: at some 200 bytes each 2 MiB.
    static constexpr std::size_t capacity = 10'000;
    /// Longer lists are not remembered: no client seen offers more than four.
    static constexpr std::size_t max_protocols = 16;

  private:
    using Key = std::pair<std::string, std::string>;
    struct Slot {
        Protocols protocols;
        std::list<Key>::iterator age;
    };

    mutable std::mutex mutex_;
    std::map<Key, Slot> slots_;
    std::list<Key> ages_;  // noted last first
};

}  // namespace chainmend::proxy
