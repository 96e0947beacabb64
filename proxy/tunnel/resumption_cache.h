#pragma once

#include <cstddef>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "certs/reference_identity.h"
#include "certs/verdict.h"
#include "proxy/http/authority.h"
#include "proxy/snapshot.h"
#include "tls/session_tickets.h"

namespace chainmend::proxy {

/// Sessions of servers that may be resumed, each with the verdict that its server was accepted by. A resumed
/// handshake shows no certificate, so nothing but that verdict vouches for the server: a session is given out
/// only for the same server, name and protocols, under the same snapshot (never across a reload), and while
/// its verdict holds at that moment, certificates' ends and revocation included. Thread-safe.
class ResumptionCache {
  public:
    using Key = std::string;  ///< bytes, not text
    using VerdictPtr = std::shared_ptr<const certs::Verdict>;

    struct Resumption {
        VerdictPtr verdict;
        tls::TicketPtr ticket;
    };

    static Key key(const Authority& server, const certs::ReferenceIdentity& identity,
                   const std::vector<std::string>& protocols, const Snapshot& snapshot);

    /// The newest session that may be resumed at `now`, if there is one.
    std::optional<Resumption> take(const Key& key, Time now);
    /// A connection to a server that was accepted; its tickets may still be to come.
    void put(const Key& key, VerdictPtr verdict, tls::SessionTicketsPtr tickets);
    /// How many servers there are sessions of.
    std::size_t size() const;

    /// A session takes about 3 KiB, with a chain that it alone has 10: at most some 40 MiB.
    static constexpr std::size_t capacity = 1024;
    /// Connections to one server whose tickets are kept: a browser opens six at once.
    static constexpr std::size_t max_connections = 4;

  private:
    struct Connection {
        VerdictPtr verdict;
        tls::SessionTicketsPtr tickets;
    };
    struct Slot {
        std::list<Connection> connections;  // the newest first
        std::list<Key>::iterator recency;
    };

    mutable std::mutex mutex_;
    std::map<Key, Slot> slots_;
    std::list<Key> recency_;  // most recently used first
};

}  // namespace chainmend::proxy
