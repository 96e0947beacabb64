#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

typedef struct ssl_session_st SSL_SESSION;  // libssl's

namespace chainmend::tls {

/// One session of a server that may be resumed.
using TicketPtr = std::shared_ptr<SSL_SESSION>;

/// What one connection has been given for resuming it later. Thread-safe: tickets come while the connection
/// is in use (RFC 8446 section 4.6.1) and are taken by others.
class SessionTickets {
  public:
    void add(TicketPtr ticket);
    /// The newest one, or null. A ticket of TLS 1.3 is taken once (RFC 8446 appendix C.4), an older one
    /// stays.
    TicketPtr take();
    bool empty() const;

    /// Servers send one to four.
    static constexpr std::size_t capacity = 4;

  private:
    mutable std::mutex mutex_;
    std::vector<TicketPtr> tickets_;  // the newest last
};
using SessionTicketsPtr = std::shared_ptr<SessionTickets>;

}  // namespace chainmend::tls
