#include "tls/session_tickets.h"

#include <openssl/ssl.h>

namespace chainmend::tls {

void SessionTickets::add(TicketPtr ticket) {
    const std::lock_guard lock(mutex_);
    if (tickets_.size() == capacity) tickets_.erase(tickets_.begin());
    tickets_.push_back(std::move(ticket));
}

TicketPtr SessionTickets::take() {
    const std::lock_guard lock(mutex_);
    if (tickets_.empty()) return nullptr;
    auto ticket = tickets_.back();
    if (SSL_SESSION_get_protocol_version(ticket.get()) >= TLS1_3_VERSION) tickets_.pop_back();
    return ticket;
}

bool SessionTickets::empty() const {
    const std::lock_guard lock(mutex_);
    return tickets_.empty();
}

}  // namespace chainmend::tls
