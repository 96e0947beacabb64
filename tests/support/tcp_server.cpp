#include "tests/support/tcp_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace chainmend::test {
namespace {

[[noreturn]] void give_up(const char* what) {
    std::perror(what);
    std::abort();
}

struct Address {
    sockaddr_storage storage{};
    socklen_t size = 0;

    Address(const std::string& text, std::uint16_t port) {
        auto* v4 = reinterpret_cast<sockaddr_in*>(&storage);
        auto* v6 = reinterpret_cast<sockaddr_in6*>(&storage);
        if (inet_pton(AF_INET, text.c_str(), &v4->sin_addr) == 1) {
            v4->sin_family = AF_INET;
            v4->sin_port = htons(port);
            size = sizeof *v4;
        } else if (inet_pton(AF_INET6, text.c_str(), &v6->sin6_addr) == 1) {
            v6->sin6_family = AF_INET6;
            v6->sin6_port = htons(port);
            size = sizeof *v6;
        } else {
            give_up("TcpServer: address");
        }
    }
    sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
    std::uint16_t port() const {
        const bool v4 = storage.ss_family == AF_INET;
        return ntohs(v4 ? reinterpret_cast<const sockaddr_in*>(&storage)->sin_port
                        : reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_port);
    }
};

}  // namespace

TcpServer::TcpServer(const std::string& address, std::uint16_t port) : address_(address) {
    Address bound(address, port);
    listener_ = ::socket(bound.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener_ < 0) give_up("TcpServer: socket");
    if (::bind(listener_, bound.get(), bound.size) != 0) give_up("TcpServer: bind");
    if (::listen(listener_, 1024) != 0) give_up("TcpServer: listen");
    if (::getsockname(listener_, bound.get(), &bound.size) != 0) give_up("TcpServer: getsockname");
    port_ = bound.port();
}

TcpServer::~TcpServer() {
    stop();
    ::close(listener_);
}

void TcpServer::start(Serve serve) {
    serve_ = std::move(serve);
    acceptor_ = std::thread([this] { accept_loop(); });
}

void TcpServer::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        for (const int socket : sockets_)
            ::shutdown(socket, SHUT_RDWR);
    }
    stopped_.notify_all();
    ::shutdown(listener_, SHUT_RDWR);
    if (acceptor_.joinable()) acceptor_.join();
    for (auto& connection : connections_)
        connection.thread.join();
    connections_.clear();
}

int TcpServer::open_connections() const {
    const std::lock_guard lock(mutex_);
    return static_cast<int>(sockets_.size());
}

bool TcpServer::pause(std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    return stopped_.wait_for(lock, time, [this] { return stopping_; });
}

void TcpServer::wait_for_stop() {
    std::unique_lock lock(mutex_);
    stopped_.wait(lock, [this] { return stopping_; });
}

void TcpServer::accept_loop() {
    while (true) {
        const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (socket < 0 && (errno == EINTR || errno == ECONNABORTED)) continue;
        if (socket < 0) return;  // stop() has shut the listener down
        const int on = 1;
        ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        {
            const std::lock_guard lock(mutex_);
            if (stopping_) {
                ::close(socket);
                return;
            }
            sockets_.insert(socket);
        }
        ++accepted_;
        join_finished();
        Connection& connection = connections_.emplace_back();
        connection.thread = std::thread([this, &connection, socket] { run(connection, socket); });
    }
}

void TcpServer::run(Connection& connection, int socket) {
    sigset_t pipe;  // libssl writes without MSG_NOSIGNAL
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
    serve_(socket);
    {
        const std::lock_guard lock(mutex_);
        sockets_.erase(socket);
        ::close(socket);
    }
    connection.done = true;
}

void TcpServer::join_finished() {
    connections_.remove_if([](Connection& connection) {
        if (!connection.done) return false;
        connection.thread.join();
        return true;
    });
}

bool send_all(int socket, ByteView bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent <= 0) return false;
        bytes = bytes.subspan(static_cast<std::size_t>(sent));
    }
    return true;
}

void reset_on_close(int socket) {
    const linger at_once{1, 0};
    ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

}  // namespace chainmend::test
