#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "config/bytes.h"
#include "config/result.h"
#include "proxy/io/event_loop.h"
#include "proxy/io/ip_address.h"

namespace chainmend::proxy {

/// One TCP connection. Reads into the loop's shared buffer, writes at once what the kernel takes and queues
/// the rest.
///
/// No callback runs inside a call on the stream. Every callback may destroy the stream. TCP_NODELAY is on.
class TcpStream {
  public:
    struct Callbacks {
        /// Bytes arrived; they lie in the loop's read buffer and are valid during the call only. Never empty.
        std::function<void(ByteView)> data = {};
        /// The peer has finished sending (FIN). Writing is still possible.
        std::function<void()> end = {};
        /// The write queue, which was not empty, is empty now. Not called when write() queued nothing.
        std::function<void()> drained = {};
        /// The connection is broken (reset, write failed). Nothing else is called after it.
        std::function<void(const Error&)> error = {};
    };

    /// Takes over a connected, non-blocking socket; closes it on failure (ErrorCode::environment).
    static Result<std::unique_ptr<TcpStream>> adopt(EventLoop& loop, int socket);

    /// Closes. What is still queued is dropped: wait for drained or use shutdown_write() first. Should
    /// received bytes be unread the kernel sends RST instead of FIN.
    ~TcpStream();
    TcpStream(const TcpStream&) = delete;
    TcpStream& operator=(const TcpStream&) = delete;

    /// Sets who is called; may be called again, also from a callback, to hand the stream over. Does not start
    /// reading.
    void set_callbacks(Callbacks callbacks);
    void start_reading();
    /// Stops data and end from being called until start_reading(). The kernel's buffer then fills and slows
    /// the peer.
    void stop_reading();
    bool is_reading() const;

    /// Takes all of `bytes`. Errors arrive by the error callback. Bound it with queued(). Ignored after
    /// shutdown_write(), reset() or an error.
    void write(ByteView bytes);
    /// Bytes taken by write() that the kernel has not taken yet.
    std::size_t queued() const;
    /// Half-close: sends FIN once the queue is empty. Reading goes on.
    void shutdown_write();
    /// Aborts: the peer gets RST when the stream is destroyed. Nothing is called any more.
    void reset();

    /// SO_KEEPALIVE with the first probe after `idle` seconds without traffic, so that vanished peers are
    /// noticed.
    void keep_alive(std::chrono::seconds idle);

    /// As of when the stream was made; 0.0.0.0:0 when unknown.
    const SocketAddress& peer_address() const { return peer_; }
    const SocketAddress& local_address() const { return local_; }

  private:
    struct Socket;
    explicit TcpStream(Socket* socket);
    void learn_addresses();

    Socket* socket_;  // libuv's handle and requests: belong to the loop once closed
    SocketAddress peer_;
    SocketAddress local_;
};

}  // namespace chainmend::proxy
