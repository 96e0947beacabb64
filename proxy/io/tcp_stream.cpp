#include "proxy/io/tcp_stream.h"

#include <sys/socket.h>
#include <unistd.h>

#include "proxy/io/uv_check.h"

namespace chainmend::proxy {
namespace {

enum class WriteSide {
    open,
    ending,  ///< FIN is due when the queue is empty
    ended,   ///< FIN was sent
    broken,  ///< reset, failed or closed: nothing is written or called any more
};

}  // namespace

struct TcpStream::Socket {
    uv_tcp_t uv;
    EventLoop& loop;
    std::shared_ptr<const Callbacks> callbacks = std::make_shared<Callbacks>();
    bool reading = false;
    bool read_ended = false;
    WriteSide write_side = WriteSide::open;
    Bytes in_flight;         // with write_request, while is_writing
    std::size_t unsent = 0;  // of in_flight, as far as we know
    Bytes waiting;           // for in_flight to be written
    bool is_writing = false;
    uv_write_t write_request{};
    uv_shutdown_t shutdown_request{};

    explicit Socket(EventLoop& owner) : loop(owner) {
        uv_check(uv_tcp_init(loop.uv(), &uv), "uv_tcp_init");
        uv.data = this;
    }

    uv_stream_t* stream() { return reinterpret_cast<uv_stream_t*>(&uv); }
    void write_in_flight(Bytes bytes);
    void written(int status);
    void send_fin();
    void read(ssize_t size, const char* data);
    void fail(int status);
};

void TcpStream::Socket::write_in_flight(Bytes bytes) {
    in_flight = std::move(bytes);
    unsent = in_flight.size();
    is_writing = true;
    const uv_buf_t buffer =
        uv_buf_init(reinterpret_cast<char*>(in_flight.data()), static_cast<unsigned>(in_flight.size()));
    const int status = uv_write(&write_request, stream(), &buffer, 1, [](uv_write_t* request, int result) {
        static_cast<Socket*>(request->handle->data)->written(result);
    });
    // libuv reports what the network says to the callback; this would be a stream that was never connected.
    uv_check(status, "uv_write");
}

void TcpStream::Socket::written(int status) {
    is_writing = false;
    unsent = 0;
    Bytes().swap(in_flight);  // an idle connection holds no buffer
    if (write_side == WriteSide::broken) return;
    if (status != 0) return fail(status);
    if (!waiting.empty()) {
        Bytes next;
        next.swap(waiting);
        return write_in_flight(std::move(next));
    }
    if (write_side == WriteSide::ending) send_fin();
    const auto keep = callbacks;
    if (keep->drained) keep->drained();
}

void TcpStream::Socket::send_fin() {
    write_side = WriteSide::ended;
    // Fails when the peer has reset the connection; reading tells.
    uv_shutdown(&shutdown_request, stream(), [](uv_shutdown_t*, int) {});
}

void TcpStream::Socket::read(ssize_t size, const char* data) {
    if (write_side == WriteSide::broken || size == 0) return;
    const auto keep = callbacks;
    if (size > 0) {
        const auto* bytes = reinterpret_cast<const std::uint8_t*>(data);
        if (keep->data) keep->data({bytes, static_cast<std::size_t>(size)});
    } else if (size == UV_EOF) {
        uv_read_stop(stream());
        reading = false;
        read_ended = true;
        if (keep->end) keep->end();
    } else {
        fail(static_cast<int>(size));
    }
}

void TcpStream::Socket::fail(int status) {
    uv_read_stop(stream());
    reading = false;
    write_side = WriteSide::broken;
    Bytes().swap(waiting);
    const auto keep = callbacks;
    if (keep->error) keep->error(uv_error(status));
}

Result<std::unique_ptr<TcpStream>> TcpStream::adopt(EventLoop& loop, int socket) {
    std::unique_ptr<TcpStream> stream(new TcpStream(new Socket(loop)));
    const int status = uv_tcp_open(&stream->socket_->uv, socket);
    if (status != 0) {
        ::close(socket);
        return Error{ErrorCode::environment, uv_strerror(status)}.in("cannot use an accepted connection");
    }
    uv_tcp_nodelay(&stream->socket_->uv, 1);
    stream->learn_addresses();
    return stream;
}

TcpStream::TcpStream(Socket* socket) : socket_(socket) {}

TcpStream::~TcpStream() {
    socket_->write_side = WriteSide::broken;
    socket_->callbacks = std::make_shared<Callbacks>();
    close_and_delete(socket_);
}

void TcpStream::learn_addresses() {
    const auto ask = [this](auto question) {
        sockaddr_storage native{};
        int size = sizeof native;
        auto* address = reinterpret_cast<sockaddr*>(&native);
        if (question(&socket_->uv, address, &size) != 0) return SocketAddress{};
        const SocketAddress known = SocketAddress::from_sockaddr(address).value_or(SocketAddress{});
        return SocketAddress{known.address.unmapped(), known.port};
    };
    peer_ = ask(uv_tcp_getpeername);
    local_ = ask(uv_tcp_getsockname);
}

void TcpStream::set_callbacks(Callbacks callbacks) {
    socket_->callbacks = std::make_shared<const Callbacks>(std::move(callbacks));
}

void TcpStream::start_reading() {
    if (socket_->reading || socket_->read_ended || socket_->write_side == WriteSide::broken) return;
    socket_->reading = true;
    const int status = uv_read_start(
        socket_->stream(),
        [](uv_handle_t* handle, std::size_t, uv_buf_t* buffer) {
            const std::span<char> shared = static_cast<Socket*>(handle->data)->loop.read_buffer();
            *buffer = uv_buf_init(shared.data(), static_cast<unsigned>(shared.size()));
        },
        [](uv_stream_t* handle, ssize_t size, const uv_buf_t* buffer) {
            static_cast<Socket*>(handle->data)->read(size, buffer->base);
        });
    uv_check(status, "uv_read_start");
}

void TcpStream::stop_reading() {
    if (!socket_->reading) return;
    socket_->reading = false;
    uv_read_stop(socket_->stream());
}

bool TcpStream::is_reading() const {
    return socket_->reading;
}

void TcpStream::write(ByteView bytes) {
    if (socket_->write_side != WriteSide::open || bytes.empty()) return;
    if (socket_->is_writing) {
        socket_->waiting.insert(socket_->waiting.end(), bytes.begin(), bytes.end());
        return;
    }
    auto* data = const_cast<std::uint8_t*>(bytes.data());  // libuv's buffers are not const; it only reads
    const uv_buf_t buffer = uv_buf_init(reinterpret_cast<char*>(data), static_cast<unsigned>(bytes.size()));
    const int taken = uv_try_write(socket_->stream(), &buffer, 1);
    // An error here comes again, and then by way of the callback, when the rest is written.
    const ByteView rest = bytes.subspan(taken > 0 ? static_cast<std::size_t>(taken) : 0);
    if (!rest.empty()) socket_->write_in_flight({rest.begin(), rest.end()});
}

std::size_t TcpStream::queued() const {
    return socket_->waiting.size() + socket_->unsent;
}

void TcpStream::shutdown_write() {
    if (socket_->write_side != WriteSide::open) return;
    socket_->write_side = WriteSide::ending;
    if (!socket_->is_writing) socket_->send_fin();
}

void TcpStream::reset() {
    if (socket_->write_side == WriteSide::broken) return;
    stop_reading();
    socket_->write_side = WriteSide::broken;
    Bytes().swap(socket_->waiting);
    int descriptor = -1;
    if (uv_fileno(reinterpret_cast<uv_handle_t*>(&socket_->uv), &descriptor) != 0) return;
    // With no time to linger, closing sends RST (socket(7)); the destructor closes.
    const linger at_once{1, 0};
    ::setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    socket_->callbacks = std::make_shared<Callbacks>();
}

void TcpStream::keep_alive(std::chrono::seconds idle) {
    uv_tcp_keepalive(&socket_->uv, 1, static_cast<unsigned>(idle.count()));
}

}  // namespace chainmend::proxy
