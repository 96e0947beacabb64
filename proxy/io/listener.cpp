#include "proxy/io/listener.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>

#include "proxy/io/native_address.h"
#include "proxy/io/timer.h"
#include "proxy/io/uv_check.h"

namespace chainmend::proxy {
namespace {

/// Connections taken in one round: the tunnels that are there get their turn in between.
constexpr int accepts_a_round = 64;
/// How long accepting pauses without descriptors. Ten tries a second cost nothing measurable.
constexpr std::chrono::milliseconds pause{100};
constexpr std::chrono::milliseconds between_reports{1000};
/// What the kernel caps by net.core.somaxconn (4096 by default) anyway.
constexpr int backlog = 4096;

Error cannot_listen(const SocketAddress& address, int error) {
    return {error == EACCES ? ErrorCode::permission : ErrorCode::environment,
            "cannot listen on " + address.text() + ": " + std::strerror(error)};
}

/// A bound, listening socket, or a negative errno.
int open_listening(const SocketAddress& address, bool share_port) {
    const NativeAddress native(address);
    const int socket = ::socket(native.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (socket < 0) return -errno;
    const int on = 1;
    const bool ready = ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
                       (!share_port || ::setsockopt(socket, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == 0) &&
                       ::bind(socket, native.get(), native.size()) == 0 && ::listen(socket, backlog) == 0;
    if (ready) return socket;
    const int error = errno;
    ::close(socket);
    return -error;
}

std::optional<SocketAddress> local_address_of(int socket) {
    sockaddr_storage bound{};
    socklen_t size = sizeof bound;
    if (::getsockname(socket, reinterpret_cast<sockaddr*>(&bound), &size) != 0) return std::nullopt;
    return SocketAddress::from_sockaddr(reinterpret_cast<sockaddr*>(&bound));
}

bool is_exhaustion(int error) {
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

}  // namespace

struct Listener::Poll {
    uv_poll_t uv;
    EventLoop& loop;
    int socket;
    Accepted accepted;
    Exhausted exhausted;
    OperationPtr resume;
    std::optional<std::chrono::milliseconds> reported;

    void start() {
        uv_check(uv_poll_start(
                     &uv, UV_READABLE,
                     [](uv_poll_t* handle, int, int) { static_cast<Poll*>(handle->data)->accept_round(); }),
                 "uv_poll_start");
    }

    void accept_round() {
        for (int count = 0; count < accepts_a_round && socket >= 0; ++count) {
            const int connection = ::accept4(socket, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (connection < 0) {
                if (errno == EINTR || errno == ECONNABORTED) continue;
                if (is_exhaustion(errno)) rest(errno);
                return;  // nobody is waiting, or a network error of that one connection (accept(2))
            }
            auto stream = TcpStream::adopt(loop, connection);
            if (stream) accepted(std::move(*stream));  // may have destroyed the listener: socket tells
        }
    }

    void rest(int error) {
        uv_poll_stop(&uv);
        resume = start_timer(loop, pause, [this] { start(); });
        if (reported && loop.now() - *reported < between_reports) return;
        reported = loop.now();
        if (exhausted)
            exhausted({ErrorCode::environment, std::string("cannot accept: ") + std::strerror(error)});
    }
};

Result<std::unique_ptr<Listener>> Listener::listen(EventLoop& loop, const SocketAddress& address,
                                                   Accepted accepted, Exhausted exhausted) {
    return open(loop, address, true, std::move(accepted), std::move(exhausted));
}

Result<std::unique_ptr<Listener>> Listener::listen_alone(EventLoop& loop, const SocketAddress& address,
                                                         Accepted accepted, Exhausted exhausted) {
    return open(loop, address, false, std::move(accepted), std::move(exhausted));
}

Result<std::unique_ptr<Listener>> Listener::open(EventLoop& loop, const SocketAddress& address,
                                                 bool share_port, Accepted accepted, Exhausted exhausted) {
    const int socket = open_listening(address, share_port);
    if (socket < 0) return cannot_listen(address, -socket);
    return start(loop, socket, local_address_of(socket).value_or(address), std::move(accepted),
                 std::move(exhausted));
}

Result<std::unique_ptr<Listener>> Listener::share(EventLoop& loop, int socket, Accepted accepted,
                                                  Exhausted exhausted) {
    const auto local = local_address_of(socket);
    int listening = 0;
    socklen_t size = sizeof listening;
    const bool usable =
        ::getsockopt(socket, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) == 0 && listening != 0;
    if (!local || !usable) {
        return Error{ErrorCode::environment,
                     "descriptor " + std::to_string(socket) + " is no listening TCP socket"};
    }
    const int own = ::fcntl(socket, F_DUPFD_CLOEXEC, 0);
    if (own < 0 || ::fcntl(own, F_SETFL, ::fcntl(own, F_GETFL) | O_NONBLOCK) != 0) {
        const int error = errno;
        if (own >= 0) ::close(own);
        return cannot_listen(*local, error);
    }
    return start(loop, own, *local, std::move(accepted), std::move(exhausted));
}

std::unique_ptr<Listener> Listener::start(EventLoop& loop, int socket, const SocketAddress& local,
                                          Accepted accepted, Exhausted exhausted) {
    auto* poll = new Poll{{}, loop, socket, std::move(accepted), std::move(exhausted), {}, {}};
    uv_check(uv_poll_init(loop.uv(), &poll->uv, socket), "uv_poll_init");
    poll->uv.data = poll;
    poll->start();
    return std::unique_ptr<Listener>(new Listener(poll, local));
}

Result<void> Listener::check_free(const SocketAddress& address) {
    const int socket = open_listening(address, false);
    if (socket < 0) return cannot_listen(address, -socket);
    ::close(socket);
    return {};
}

Listener::~Listener() {
    poll_->resume.reset();
    uv_poll_stop(&poll_->uv);
    ::close(std::exchange(poll_->socket, -1));
    close_and_delete(poll_);
}

}  // namespace chainmend::proxy
