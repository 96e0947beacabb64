#include "proxy/io/timer.h"

#include <algorithm>

#include "proxy/io/uv_check.h"

namespace chainmend::proxy {
namespace {

class Timer final : public Operation {
  public:
    Timer(EventLoop& loop, std::chrono::milliseconds delay, std::function<void()> completion)
        : clock_(new Clock{{}, std::move(completion)}) {
        uv_check(uv_timer_init(loop.uv(), &clock_->uv), "uv_timer_init");
        clock_->uv.data = clock_;
        uv_update_time(loop.uv());  // else the delay would begin when this round of the loop did
        const auto milliseconds = static_cast<std::uint64_t>(std::max<std::int64_t>(delay.count(), 0));
        uv_check(uv_timer_start(&clock_->uv, &Timer::fired, milliseconds, 0), "uv_timer_start");
    }
    ~Timer() override { close_and_delete(clock_); }

  private:
    struct Clock {
        uv_timer_t uv;
        std::function<void()> completion;
    };

    static void fired(uv_timer_t* timer) {
        const std::function<void()> completion = std::move(static_cast<Clock*>(timer->data)->completion);
        completion();
    }

    Clock* clock_;
};

}  // namespace

OperationPtr start_timer(EventLoop& loop, std::chrono::milliseconds delay, std::function<void()> completion) {
    return std::make_unique<Timer>(loop, delay, std::move(completion));
}

struct Deadline::Clock {
    uv_timer_t uv;
    EventLoop& loop;
    std::function<void()> expired;
    std::optional<std::chrono::milliseconds> due;  // what was asked for
    std::chrono::milliseconds armed{};             // when libuv's timer fires, while it is active

    void arm() {
        armed = *due;
        const std::int64_t delay = std::max<std::int64_t>((*due - loop.now()).count(), 0);
        uv_check(uv_timer_start(&uv, &Clock::fired, static_cast<std::uint64_t>(delay), 0), "uv_timer_start");
    }

    static void fired(uv_timer_t* timer) {
        Clock& clock = *static_cast<Clock*>(timer->data);
        if (!clock.due) return;
        if (*clock.due > clock.loop.now()) return clock.arm();  // it was moved since
        clock.due.reset();
        clock.expired();
    }
};

Deadline::Deadline(EventLoop& loop, std::function<void()> expired)
    : clock_(new Clock{{}, loop, std::move(expired), std::nullopt, {}}) {
    uv_check(uv_timer_init(loop.uv(), &clock_->uv), "uv_timer_init");
    clock_->uv.data = clock_;
}

Deadline::~Deadline() {
    close_and_delete(clock_);
}

void Deadline::set(std::chrono::milliseconds delay) {
    // Not the loop's time, which stood still if this round of it has worked for long.
    clock_->due = std::chrono::milliseconds{static_cast<std::int64_t>(uv_hrtime() / 1'000'000)} + delay;
    const bool active = uv_is_active(reinterpret_cast<const uv_handle_t*>(&clock_->uv));
    if (!active || clock_->armed > *clock_->due) clock_->arm();
}

void Deadline::clear() {
    clock_->due.reset();
}

bool Deadline::is_set() const {
    return clock_->due.has_value();
}

}  // namespace chainmend::proxy
