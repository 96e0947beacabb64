#include "proxy/tunnel/final_answer.h"

namespace chainmend::proxy {

FinalAnswer::FinalAnswer(EventLoop& loop, RelayEnd& end, std::string_view text,
                         std::span<std::uint8_t> buffer, std::function<void()> finished)
    : end_(end), buffer_(buffer), finished_(std::move(finished)), deadline_(loop, finished_) {
    end_.set_callbacks({
        .plaintext = [this](ByteView) { throw_away(); },
        .end = [this] { ended(); },
        .drained =
            [this] {
                if (end_.ending() != RelayEnd::Ending::open) ended();
            },
    });
    end_.write(as_bytes(text));
    end_.finish(RelayEnd::Ending::orderly);
    end_.resume();
    const bool over = end_.ending() != RelayEnd::Ending::open && end_.pending() == 0;
    deadline_.set(over ? std::chrono::milliseconds{0} : linger);
}

void FinalAnswer::throw_away() {
    while (end_.read(buffer_) > 0) {
    }
    if (end_.ending() != RelayEnd::Ending::open) ended();
}

void FinalAnswer::ended() {
    if (end_.ending() != RelayEnd::Ending::broken && end_.pending() > 0) return;  // it may still be reading
    const auto finished = finished_;
    finished();
}

}  // namespace chainmend::proxy
