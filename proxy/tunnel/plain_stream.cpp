#include "proxy/tunnel/plain_stream.h"

#include <algorithm>
#include <utility>

namespace chainmend::proxy {

// Callbacks are copied before they are called: whoever is called may set others, or destroy this.
PlainStream::PlainStream(std::unique_ptr<TcpStream> stream, Bytes received)
    : stream_(std::move(stream)), received_(std::move(received)) {
    stream_->set_callbacks({
        .data =
            [this](ByteView bytes) {
                if (refuses(bytes)) {
                    const auto call = callbacks_.end;
                    if (call) call();
                    return;
                }
                const auto call = callbacks_.plaintext;
                if (call) call(bytes);
            },
        .end =
            [this] {
                ending_ = Ending::orderly;
                const auto call = callbacks_.end;
                if (call) call();
            },
        .drained =
            [this] {
                const auto call = callbacks_.drained;
                if (call) call();
            },
        .error =
            [this](const Error& error) {
                ending_ = Ending::broken;
                detail_ = error.message;
                Bytes().swap(received_);
                const auto call = callbacks_.end;
                if (call) call();
            },
    });
}

PlainStream::~PlainStream() = default;

std::unique_ptr<TcpStream> PlainStream::release() {
    stream_->stop_reading();
    stream_->set_callbacks({});
    return std::move(stream_);
}

void PlainStream::refuse_first_byte(std::uint8_t byte, std::string reason) {
    refused_first_byte_ = byte;
    refusal_ = std::move(reason);
    if (!received_.empty() && refuses(received_)) Bytes().swap(received_);
}

bool PlainStream::refuses(ByteView bytes) {
    const auto refused = std::exchange(refused_first_byte_, std::nullopt);
    if (refused != bytes.front()) return false;
    stream_->stop_reading();
    ending_ = Ending::broken;
    detail_ = refusal_;
    return true;
}

std::size_t PlainStream::read(std::span<std::uint8_t> plaintext) {
    const std::size_t size = std::min(received_.size(), plaintext.size());
    std::copy_n(received_.begin(), size, plaintext.begin());
    received_.erase(received_.begin(), received_.begin() + static_cast<std::ptrdiff_t>(size));
    if (received_.empty()) Bytes().swap(received_);
    return size;
}

// A truncation is told by a reset: a FIN would say that this was all.
void PlainStream::finish(Ending how) {
    if (how == Ending::orderly) return stream_->shutdown_write();
    stream_->reset();
}

}  // namespace chainmend::proxy
