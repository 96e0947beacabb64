#pragma once

#include <functional>
#include <memory>

#include "config/result.h"
#include "proxy/io/event_loop.h"
#include "proxy/io/ip_address.h"
#include "proxy/io/tcp_stream.h"

namespace chainmend::proxy {

/// A listening TCP socket. With SO_REUSEPORT, so that every worker has one of its own on the same address and
/// the kernel spreads the connections.
///
/// Out of file descriptors, it stops accepting for a moment and leaves the clients in the kernel's queue:
/// libuv's own listening spins in that state, since its spare descriptor can be lost to another thread.
class Listener {
  public:
    using Accepted = std::function<void(std::unique_ptr<TcpStream>)>;
    /// Told at most once a second while connections can not be accepted.
    using Exhausted = std::function<void(const Error&)>;

    /// Binds and listens; port 0 picks a free one. ErrorCode::environment when the address is taken or not
    /// ours.
    static Result<std::unique_ptr<Listener>> listen(EventLoop& loop, const SocketAddress& address,
                                                    Accepted accepted, Exhausted exhausted = {});
    /// The same without SO_REUSEPORT, for the one listener of its kind: an address is either taken or ours.
    static Result<std::unique_ptr<Listener>> listen_alone(EventLoop& loop, const SocketAddress& address,
                                                          Accepted accepted, Exhausted exhausted = {});
    /// Accepts on a socket that somebody else has bound and listens on, for instance systemd; `socket` stays
    /// the caller's. Several listeners may share one. ErrorCode::environment when it is no listening TCP
    /// socket.
    static Result<std::unique_ptr<Listener>> share(EventLoop& loop, int socket, Accepted accepted,
                                                   Exhausted exhausted = {});
    /// SO_REUSEPORT also lets a second process of the same user share the port unnoticed. Ask this once
    /// before the first listen(): ErrorCode::environment when somebody listens there already.
    static Result<void> check_free(const SocketAddress& address);

    /// Stops listening; connections not yet accepted are reset by the kernel. May be destroyed in its
    /// callback.
    ~Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    /// With the port really bound.
    const SocketAddress& local_address() const { return local_; }

  private:
    struct Poll;
    static Result<std::unique_ptr<Listener>> open(EventLoop& loop, const SocketAddress& address,
                                                  bool share_port, Accepted accepted, Exhausted exhausted);
    static std::unique_ptr<Listener> start(EventLoop& loop, int socket, const SocketAddress& local,
                                           Accepted accepted, Exhausted exhausted);
    Listener(Poll* poll, const SocketAddress& local) : poll_(poll), local_(local) {}

    Poll* poll_;  // belongs to the loop once closed
    SocketAddress local_;
};

}  // namespace chainmend::proxy
