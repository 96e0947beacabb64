#include "proxy/io/connector.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>

#include "proxy/io/native_address.h"
#include "proxy/io/timer.h"
#include "proxy/io/uv_check.h"

namespace chainmend::proxy {
namespace {

ConnectFailure failure_of(int error) {
    switch (error) {
        case ECONNREFUSED:
        case ECONNRESET:
            return ConnectFailure::refused;
        case ENETUNREACH:
        case EHOSTUNREACH:
        case ENETDOWN:
        case EHOSTDOWN:
        case EADDRNOTAVAIL:
        case EAFNOSUPPORT:
            return ConnectFailure::unreachable;
        case ETIMEDOUT:
            return ConnectFailure::timed_out;
        default:
            return ConnectFailure::other;
    }
}

/// How much a failure tells, when the addresses of one host failed differently.
int rank(ConnectFailure failure) {
    switch (failure) {
        case ConnectFailure::none:
            return 0;
        case ConnectFailure::other:
            return 1;
        case ConnectFailure::unreachable:
            return 2;
        case ConnectFailure::timed_out:
            return 3;
        case ConnectFailure::refused:
            return 4;
    }
    return 0;
}

/// RFC 8305 section 4: the families take turns, beginning with that of the first address.
std::deque<SocketAddress> interleaved(const std::vector<SocketAddress>& addresses) {
    std::deque<SocketAddress> first;
    std::deque<SocketAddress> second;
    for (const SocketAddress& address : addresses) {
        const bool same = address.address.family() == addresses.front().address.family();
        (same ? first : second).push_back(address);
    }
    std::deque<SocketAddress> result;
    while (!first.empty() || !second.empty()) {
        for (std::deque<SocketAddress>* family : {&first, &second}) {
            if (family->empty()) continue;
            result.push_back(family->front());
            family->pop_front();
        }
    }
    return result;
}

/// One connect(2) under way.
class Attempt {
  public:
    /// `finished` gets 0 or an errno, from the loop. Returns nullptr and sets `error` when it fails at once.
    static std::unique_ptr<Attempt> begin(EventLoop& loop, const SocketAddress& address,
                                          std::function<void(Attempt&, int)> finished, int& error) {
        const NativeAddress native(address);
        const int socket = ::socket(native.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        error = socket < 0 ? errno : 0;
        if (socket < 0) return nullptr;
        if (::connect(socket, native.get(), native.size()) != 0 && errno != EINPROGRESS) {
            error = errno;
            ::close(socket);
            return nullptr;
        }
        return std::unique_ptr<Attempt>(new Attempt(loop, socket, address, std::move(finished)));
    }

    ~Attempt() {
        uv_poll_stop(&poll_->uv);
        if (socket_ >= 0) ::close(socket_);
        close_and_delete(poll_);
    }

    /// Gives up the socket, connected.
    int release() {
        uv_poll_stop(&poll_->uv);
        return std::exchange(socket_, -1);
    }
    const SocketAddress& address() const { return address_; }

  private:
    struct Poll {
        uv_poll_t uv;
        std::function<void(Attempt&, int)> finished;
        Attempt* attempt;
    };

    Attempt(EventLoop& loop, int socket, const SocketAddress& address,
            std::function<void(Attempt&, int)> finished)
        : socket_(socket), address_(address), poll_(new Poll{{}, std::move(finished), this}) {
        uv_check(uv_poll_init(loop.uv(), &poll_->uv, socket), "uv_poll_init");
        poll_->uv.data = poll_;
        uv_check(uv_poll_start(&poll_->uv, UV_WRITABLE, &Attempt::ready), "uv_poll_start");
    }

    /// libuv reports a failed connect as EBADF; the socket itself knows better.
    static void ready(uv_poll_t* handle, int, int) {
        Poll& poll = *static_cast<Poll*>(handle->data);
        int error = 0;
        socklen_t size = sizeof error;
        ::getsockopt(poll.attempt->socket_, SOL_SOCKET, SO_ERROR, &error, &size);
        poll.finished(*poll.attempt, error);
    }

    int socket_;
    const SocketAddress address_;
    Poll* poll_;
};

class Connector final : public Operation {
  public:
    Connector(EventLoop& loop, const std::vector<SocketAddress>& addresses, const ConnectOptions& options,
              std::function<void(ConnectOutcome)> completion)
        : loop_(loop),
          options_(options),
          completion_(std::move(completion)),
          untried_(interleaved(addresses)) {
        timeout_ = start_timer(loop_, options_.timeout, [this] { give_up(); });
        try_next();
    }

  private:
    void try_next() {
        stagger_.reset();
        while (!untried_.empty()) {
            const SocketAddress address = untried_.front();
            untried_.pop_front();
            int error = 0;
            auto attempt = Attempt::begin(
                loop_, address, [this](Attempt& done, int status) { attempt_finished(done, status); }, error);
            if (!attempt) {
                note(address, error);
                continue;
            }
            attempts_.push_back(std::move(attempt));
            if (!untried_.empty()) stagger_ = start_timer(loop_, options_.stagger, [this] { try_next(); });
            return;
        }
        if (!attempts_.empty()) return;
        if (outcome_.failure == ConnectFailure::none) {
            outcome_.failure = ConnectFailure::unreachable;
            outcome_.detail = "there is no address";
        }
        // Not from here: this may be the start call.
        timeout_ = start_timer(loop_, std::chrono::milliseconds{0}, [this] { finish(); });
    }

    void attempt_finished(Attempt& done, int error) {
        if (error == 0) return connected(done);
        note(done.address(), error);
        std::erase_if(attempts_, [&](const auto& attempt) { return attempt.get() == &done; });
        try_next();
    }

    void connected(Attempt& winner) {
        outcome_.address = winner.address();
        auto stream = TcpStream::adopt(loop_, winner.release());
        if (stream) {
            outcome_.stream = std::move(*stream);
            outcome_.failure = ConnectFailure::none;
            outcome_.detail.clear();
        } else {
            outcome_.failure = ConnectFailure::other;
            outcome_.detail = stream.error().message;
        }
        finish();
    }

    void give_up() {
        for (const auto& attempt : attempts_)
            note(attempt->address(), ETIMEDOUT);
        finish();
    }

    void finish() {
        attempts_.clear();
        stagger_.reset();
        timeout_.reset();
        const auto completion = std::move(completion_);
        completion(std::move(outcome_));
    }

    void note(const SocketAddress& address, int error) {
        const ConnectFailure failure = failure_of(error);
        if (rank(failure) >= rank(outcome_.failure)) {
            outcome_.failure = failure;
            outcome_.address = address;
        }
        if (!outcome_.detail.empty()) outcome_.detail += "; ";
        const char* words = failure == ConnectFailure::other ? uv_strerror(-error) : to_string(failure);
        outcome_.detail += address.text() + " " + words;
    }

    EventLoop& loop_;
    const ConnectOptions options_;
    std::function<void(ConnectOutcome)> completion_;
    std::deque<SocketAddress> untried_;
    std::vector<std::unique_ptr<Attempt>> attempts_;
    OperationPtr timeout_;
    OperationPtr stagger_;
    ConnectOutcome outcome_;
};

}  // namespace

const char* to_string(ConnectFailure failure) {
    switch (failure) {
        case ConnectFailure::none:
            return "connected";
        case ConnectFailure::refused:
            return "connection refused";
        case ConnectFailure::unreachable:
            return "unreachable";
        case ConnectFailure::timed_out:
            return "timed out";
        case ConnectFailure::other:
            return "could not be connected";
    }
    return "";
}

OperationPtr start_connect(EventLoop& loop, std::vector<SocketAddress> addresses,
                           const ConnectOptions& options, std::function<void(ConnectOutcome)> completion) {
    return std::make_unique<Connector>(loop, addresses, options, std::move(completion));
}

}  // namespace chainmend::proxy
