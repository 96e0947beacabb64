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
    if (direction.finished()) return;
    auto& from = direction.from;
    auto& to = direction.to;
    while (to.pending() < high_water) {
        const auto size = from.read(buffer_);
        if (size == 0) break;
        direction.bytes += size;
        to.write(buffer_.first(size));
    }
    if (to.pending() >= high_water) {
        from.pause();
    } else if (from.ending() == Ending::open) {
        from.resume();
    } else {
        direction.passed_on = from.ending() == Ending::orderly ? Ending::orderly : Ending::truncated;
        to.finish(direction.passed_on);
    }
}

// Over when nothing can move any more: both directions have ended and are sent, or an end is broken and the
// other one has been sent what came before.
void Relay::finish_if_over() {
    const bool client_broke = up_.from.ending() == Ending::broken;
    const bool server_broke = down_.from.ending() == Ending::broken;
    const auto sent = [](const Direction& direction) {
        return direction.finished() && direction.to.pending() == 0;
    };
    if (client_broke && server_broke) return end_with("broken_by_both", down_.from.detail());
    if (client_broke ? !sent(up_) : server_broke ? !sent(down_) : !sent(up_) || !sent(down_)) return;
    // Who has got everything, or sent everything, in an orderly way may then leave as it likes.
    if (down_.passed_on == Ending::orderly && (client_broke || server_broke)) return end_with("closed", "");
    // What broke first is the cause: who was sent a truncation answers it with an alert.
    if (client_broke && down_.passed_on == Ending::truncated) {
        return end_with("truncated_by_server", down_.from.detail());
    }
    if (server_broke && up_.passed_on == Ending::truncated) {
        return end_with("truncated_by_client",
                        up_.from.detail() + "; then the server: " + down_.from.detail());
    }
    if (server_broke) return end_with("broken_by_server", down_.from.detail());
    if (client_broke) return end_with("broken_by_client", up_.from.detail());
    if (down_.passed_on == Ending::truncated) return end_with("truncated_by_server", down_.from.detail());
    if (up_.passed_on == Ending::truncated) return end_with("truncated_by_client", up_.from.detail());
    end_with("closed", "");
}

void Relay::end_with(std::string end, std::string detail) {
    outcome_.end = std::move(end);
    outcome_.detail = std::move(detail);
    const auto finished = finished_;
    finished(outcome_);
}

}  // namespace chainmend::proxy
