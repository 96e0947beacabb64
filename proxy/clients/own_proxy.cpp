#include "proxy/clients/own_proxy.h"

namespace chainmend::proxy {

Result<std::unique_ptr<OwnProxy>> OwnProxy::make(config::Settings settings, const std::string& record_file,
                                                 std::function<Time()> now) {
    // Whoever runs a command on this machine may use a proxy that only this machine reaches.
    settings.listen = {};
    settings.listen.address = "127.0.0.1:0";
    settings.listen.admin = "";
    settings.log.file = record_file;
    settings.monitor = {};  // that is for a proxy that stays
    ServerOptions options;
    options.now = std::move(now);
    options.handle_signals = false;
    auto server = Server::make(std::move(settings), std::move(options));
    if (!server) return server.error();
    return std::unique_ptr<OwnProxy>(new OwnProxy(std::move(server).value()));
}

OwnProxy::~OwnProxy() {
    if (!thread_.joinable()) return;
    server_->request_stop();
    server_->request_stop();
    thread_.join();
}

void OwnProxy::begin() {
    thread_ = std::thread([this] { server_->run(); });
}

}  // namespace chainmend::proxy
