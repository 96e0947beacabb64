#pragma once

#include <functional>
#include <list>
#include <memory>

#include "proxy/admin/admin_connection.h"
#include "proxy/io/listener.h"

namespace chainmend::proxy {

/// The admin listener and the requests that are being answered.
class AdminServer {
  public:
    /// Binds `address`; port 0 takes a free one. `status` is called on the loop for every page that needs it.
    /// `history` may be null, and outlives the loop.
    /// ErrorCode::environment when the address is taken.
    static Result<std::unique_ptr<AdminServer>> make(EventLoop& loop, const SocketAddress& address,
                                                     std::function<Status()> status, History* history);
    AdminServer(const AdminServer&) = delete;
    AdminServer& operator=(const AdminServer&) = delete;

    const SocketAddress& local_address() const { return listener_->local_address(); }

    /// Requests at once. A scraper and a person make two; beyond it the oldest is closed, so that nobody who
    /// only holds connections open keeps the others out.
    static constexpr std::size_t max_connections = 32;

  private:
    AdminServer(EventLoop& loop, std::function<Status()> status, History* history)
        : loop_(loop), status_(std::move(status)), history_(history) {}
    void accept(std::unique_ptr<TcpStream> stream);

    EventLoop& loop_;
    const std::function<Status()> status_;
    History* const history_;
    std::list<std::unique_ptr<AdminConnection>> connections_;
    std::unique_ptr<Listener> listener_;
};

}  // namespace chainmend::proxy
