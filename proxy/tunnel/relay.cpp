#include "proxy/tunnel/relay.h"

namespace chainmend::proxy {

using Ending = RelayEnd::Ending;

Relay::Relay(EventLoop& loop, RelayEnd& client, RelayEnd& server, std::span<std::uint8_t> buffer,
             std::chrono::milliseconds idle_timeout, std::function<void(RelayOutcome)> finished)
    : buffer_(buffer),
      idle_timeout_(idle_timeout),
      finished_(std::move(finished)),
      loop_(loop),
      up_{client, server, outcome_.bytes_from_client},
      down_{server, client, outcome_.bytes_from_server},
      idle_(loop, [this] { end_with("idle_timeout", "nothing was sent either way"); }) {}

Relay::~Relay() = default;

void Relay::begin() {
    up_.from.set_callbacks({
        .plaintext = [this](ByteView plaintext) { take(up_, plaintext); },
        .end = [this] { pump_both(); },
        .drained = [this] { pump_both(); },
    });
    down_.from.set_callbacks({
        .plaintext = [this](ByteView plaintext) { take(down_, plaintext); },
        .end = [this] { pump_both(); },
        .drained = [this] { pump_both(); },
    });
    idle_.set(idle_timeout_);
    first_round_ = start_timer(loop_, std::chrono::milliseconds{0}, [this] { pump_both(); });
}

void Relay::take(Direction& direction, ByteView plaintext) {
    idle_.set(idle_timeout_);
    direction.bytes += plaintext.size();
    direction.to.write(plaintext);
    pump(direction);
    finish_if_over();
}

void Relay::pump_both() {
    idle_.set(idle_timeout_);
    pump(up_);
    pump(down_);
    finish_if_over();
}

void Relay::pump(Direction& direction) {
    if (direction.finished) return;
    auto& [from, to, bytes, finished] = direction;
    while (to.pending() < high_water) {
        const auto size = from.read(buffer_);
        if (size == 0) break;
        bytes += size;
        to.write(buffer_.first(size));
    }
    if (to.pending() >= high_water) {
        from.pause();
    } else if (from.ending() == Ending::open) {
        from.resume();
    } else {
        finished = true;
        to.finish(from.ending() == Ending::orderly ? Ending::orderly : Ending::truncated);
    }
}

// Over when nothing can move any more: both directions have ended and are sent, or an end is broken and the
// other one has been sent what came before.
void Relay::finish_if_over() {
    for (auto* direction : {&up_, &down_}) {
        if (direction->from.ending() != Ending::broken || direction->to.ending() == Ending::broken) continue;
        if (!direction->finished || direction->to.pending() > 0) return;
        if (direction == &down_) return end_with("broken_by_server", direction->from.detail());
        // A client that has got everything in an orderly way may leave as it likes.
        const bool all_delivered = down_.finished && down_.from.ending() == Ending::orderly;
        return all_delivered ? end_with("closed", "")
                             : end_with("broken_by_client", direction->from.detail());
    }
    const bool both_broke = up_.from.ending() == Ending::broken && down_.from.ending() == Ending::broken;
    if (both_broke) return end_with("broken_by_both", down_.from.detail());
    if (!up_.finished || !down_.finished || up_.to.pending() > 0 || down_.to.pending() > 0) return;
    if (down_.from.ending() == Ending::truncated) return end_with("truncated_by_server", down_.from.detail());
    if (up_.from.ending() == Ending::truncated) return end_with("truncated_by_client", up_.from.detail());
    end_with("closed", "");
}

void Relay::end_with(std::string end, std::string detail) {
    outcome_.end = std::move(end);
    outcome_.detail = std::move(detail);
    const auto finished = finished_;
    finished(outcome_);
}

}  // namespace chainmend::proxy
