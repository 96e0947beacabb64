#pragma once

#include <sys/socket.h>
#include <unistd.h>

#include <optional>

#include "proxy/io/connector.h"
#include "proxy/io/listener.h"
#include "proxy/io/native_address.h"
#include "proxy/io/tcp_stream.h"
#include "tests/proxy/loop_test.h"

namespace chainmend::proxy {

inline SocketAddress loopback(std::uint16_t port = 0) {
    return {*IpAddress::parse("127.0.0.1"), port};
}

/// A listener, and both ends of the connections made to it.
class SocketTest : public test::LoopTest {
  protected:
    void listen(const SocketAddress& address = loopback()) {
        auto made = Listener::listen(
            loop, address, [this](std::unique_ptr<TcpStream> stream) { accepted = std::move(stream); });
        ASSERT_TRUE(made) << made.error().message;
        listener = std::move(*made);
    }

    void connect(std::vector<SocketAddress> addresses, ConnectOptions options = {}) {
        outcome.reset();
        connecting = start_connect(loop, std::move(addresses), options, [this](ConnectOutcome result) {
            connecting.reset();
            outcome.emplace(std::move(result));
        });
        EXPECT_FALSE(outcome) << "completed inside the start";
    }

    /// A connected pair: near() was connected, accepted accepted.
    void make_pair() {
        listen();
        connect({listener->local_address()});
        run_until([this] { return outcome && accepted; });
        ASSERT_TRUE(outcome->stream) << outcome->detail;
    }
    TcpStream& near() { return *outcome->stream; }

    std::unique_ptr<Listener> listener;
    std::unique_ptr<TcpStream> accepted;
    OperationPtr connecting;
    std::optional<ConnectOutcome> outcome;
};

/// A listening socket whose queue is full: further connections hang, as to a host that drops packets.
class BlackHole {
  public:
    explicit BlackHole(const char* where = "127.0.0.1") {
        const NativeAddress any(SocketAddress{*IpAddress::parse(where), 0});
        socket_ = ::socket(any.family(), SOCK_STREAM, 0);
        ::bind(socket_, any.get(), any.size());
        ::listen(socket_, 0);
        sockaddr_storage bound{};
        socklen_t size = sizeof bound;
        ::getsockname(socket_, reinterpret_cast<sockaddr*>(&bound), &size);
        address_ = *SocketAddress::from_sockaddr(reinterpret_cast<sockaddr*>(&bound));
        const NativeAddress to(address_);
        for (int& filler : fillers_) {
            filler = ::socket(to.family(), SOCK_STREAM | SOCK_NONBLOCK, 0);
            if (::connect(filler, to.get(), to.size()) != 0 && errno != EINPROGRESS) ADD_FAILURE();
        }
    }
    ~BlackHole() {
        for (const int filler : fillers_)
            ::close(filler);
        ::close(socket_);
    }
    const SocketAddress& address() const { return address_; }

  private:
    int socket_;
    int fillers_[4];
    SocketAddress address_;
};

/// A port that refuses: bound, so that nobody else gets it, and not listening.
class RefusingPort {
  public:
    explicit RefusingPort(const char* address = "127.0.0.1") {
        const NativeAddress any(SocketAddress{*IpAddress::parse(address), 0});
        socket_ = ::socket(any.family(), SOCK_STREAM, 0);
        if (::bind(socket_, any.get(), any.size()) != 0) ADD_FAILURE() << "bind";
        sockaddr_storage bound{};
        socklen_t size = sizeof bound;
        ::getsockname(socket_, reinterpret_cast<sockaddr*>(&bound), &size);
        address_ = *SocketAddress::from_sockaddr(reinterpret_cast<sockaddr*>(&bound));
    }
    ~RefusingPort() { ::close(socket_); }
    const SocketAddress& address() const { return address_; }

  private:
    int socket_;
    SocketAddress address_;
};

}  // namespace chainmend::proxy
