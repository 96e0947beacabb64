#include "proxy/admin/admin_server.h"

namespace chainmend::proxy {

Result<std::unique_ptr<AdminServer>> AdminServer::make(EventLoop& loop, const SocketAddress& address,
                                                       std::function<Status()> status, History* history) {
    std::unique_ptr<AdminServer> server(new AdminServer(loop, std::move(status), history));
    auto* self = server.get();
    auto listener = Listener::listen_alone(
        loop, address, [self](std::unique_ptr<TcpStream> stream) { self->accept(std::move(stream)); });
    if (!listener) return listener.error();
    server->listener_ = std::move(listener).value();
    return server;
}

void AdminServer::accept(std::unique_ptr<TcpStream> stream) {
    if (connections_.size() >= max_connections) connections_.pop_front();
    const auto place = connections_.emplace(connections_.end());
    *place = std::make_unique<AdminConnection>(loop_, std::move(stream), status_, history_,
                                               [this, place] { connections_.erase(place); });
}

}  // namespace chainmend::proxy
