#include "proxy/tunnel/refusal_page.h"

namespace chainmend::proxy {

RefusalPage::RefusalPage(EventLoop& loop, TlsStream& stream, Refusal refusal, std::span<std::uint8_t> buffer,
                         std::chrono::milliseconds request_timeout, std::function<void()> finished)
    : loop_(loop),
      stream_(stream),
      refusal_(std::move(refusal)),
      buffer_(buffer),
      finished_(std::move(finished)),
      deadline_(loop, [this] { answer_ || parser_.head_size() == 0 ? end() : answer(); }) {
    stream_.set_callbacks({
        .plaintext = [this](ByteView bytes) { received(bytes); },
        .end = [this] { end(); },
        .drained = {},
    });
    deadline_.set(request_timeout);
    // What the client sent with the end of its handshake is there already; not from here, though.
    first_round_ = start_timer(loop, std::chrono::milliseconds{0}, [this] { pump(); });
}

void RefusalPage::received(ByteView bytes) {
    if (parser_.receive(bytes) != RequestParser::State::incomplete) return answer();
    pump();
}

void RefusalPage::pump() {
    while (const auto size = stream_.read(buffer_)) {
        if (parser_.receive(buffer_.first(size)) != RequestParser::State::incomplete) return answer();
    }
    if (stream_.ending() != RelayEnd::Ending::open) return end();
    stream_.resume();
}

void RefusalPage::answer() {
    deadline_.clear();
    const auto& head = parser_.head();
    const auto* accept = head.header("accept");
    answer_ = std::make_unique<FinalAnswer>(
        loop_, stream_, response(refusal_, accept ? *accept : "", head.method), buffer_, finished_);
}

void RefusalPage::end() {
    const auto finished = finished_;
    finished();
}

}  // namespace chainmend::proxy
