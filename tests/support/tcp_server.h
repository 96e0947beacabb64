#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <thread>

#include "config/bytes.h"

namespace chainmend::test {

/// Listens on a free port of loopback and serves each connection in a thread of its own. Ends at once,
/// whatever its connections are doing: stop() shuts their sockets down, so that blocked calls return.
class TcpServer {
  public:
    /// Gets the connected socket, which is closed when it returns.
    using Serve = std::function<void(int socket)>;

    /// Listens from now on, on any free port when `port` is 0; connections wait in the backlog until start().
    /// Aborts the test program when it can not.
    explicit TcpServer(const std::string& address = "127.0.0.1", std::uint16_t port = 0);
    ~TcpServer();
    TcpServer(const TcpServer&) = delete;
    TcpServer& operator=(const TcpServer&) = delete;

    void start(Serve serve);
    /// To be called by the destructor of whoever owns what `serve` uses. Idempotent.
    void stop();

    std::uint16_t port() const { return port_; }
    const std::string& address() const { return address_; }
    int accepted() const { return accepted_; }
    int open_connections() const;

    /// Waits that long or until stop(); true when stopping.
    bool pause(std::chrono::milliseconds time);
    /// Waits until stop().
    void wait_for_stop();

  private:
    struct Connection {
        std::thread thread;
        std::atomic<bool> done = false;
    };
    void accept_loop();
    void run(Connection& connection, int socket);
    void join_finished();

    const std::string address_;
    std::uint16_t port_ = 0;
    int listener_ = -1;
    Serve serve_;
    std::thread acceptor_;
    std::atomic<int> accepted_ = 0;
    mutable std::mutex mutex_;
    std::condition_variable stopped_;
    bool stopping_ = false;
    std::set<int> sockets_;
    std::list<Connection> connections_;  // only the acceptor and stop() touch the list
};

/// Sends all of it; false when the peer is gone.
bool send_all(int socket, ByteView bytes);
inline bool send_all(int socket, std::string_view text) {
    return send_all(socket, as_bytes(text));
}
/// Makes close() send a RST.
void reset_on_close(int socket);

}  // namespace chainmend::test
