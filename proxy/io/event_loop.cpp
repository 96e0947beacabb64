#include "proxy/io/event_loop.h"

#include "proxy/io/uv_check.h"

namespace chainmend::proxy {
namespace {

/// Whoever made a handle on this loop still has it and would use freed memory later.
void forbid_open_handles(uv_loop_t* loop) {
    bool open = false;
    uv_walk(
        loop, [](uv_handle_t* handle, void* found) { *static_cast<bool*>(found) |= !uv_is_closing(handle); },
        &open);
    if (!open) return;
    std::fputs("chainmend: a loop was destroyed before what belongs to it:\n", stderr);
    uv_print_all_handles(loop, stderr);
    std::abort();
}

}  // namespace

EventLoop::EventLoop()
    : loop_(std::make_unique<uv_loop_t>()),
      wakeup_(new uv_async_t),
      read_buffer_(std::make_unique_for_overwrite<char[]>(read_buffer_size)) {
    uv_check(uv_loop_init(loop_.get()), "uv_loop_init");
    uv_check(uv_async_init(loop_.get(), wakeup_,
                           [](uv_async_t* async) { static_cast<EventLoop*>(async->data)->run_posted(); }),
             "uv_async_init");
    wakeup_->data = this;
}

EventLoop::~EventLoop() {
    // Functions that never ran may own operations of this loop: they go first. Destroying one may post
    // another.
    while (true) {
        std::vector<std::function<void()>> dropped;
        {
            const std::lock_guard lock(mutex_);
            dropped.swap(posted_);
        }
        if (dropped.empty()) break;
    }
    uv_close(reinterpret_cast<uv_handle_t*>(wakeup_),
             [](uv_handle_t* handle) { delete reinterpret_cast<uv_async_t*>(handle); });
    forbid_open_handles(loop_.get());
    uv_run(loop_.get(), UV_RUN_DEFAULT);  // close callbacks, and detached work of the pool
    uv_check(uv_loop_close(loop_.get()), "uv_loop_close");
}

void EventLoop::run() {
    // The wakeup handle keeps the loop alive, so this returns only for uv_stop(). A uv_stop() from before the
    // run would end after one round, too; stopping_ tells it from a stale one.
    while (!stopping_.load())
        uv_run(loop_.get(), UV_RUN_DEFAULT);
    stopping_.store(false);
}

void EventLoop::stop() {
    stopping_.store(true);
    uv_async_send(wakeup_);
}

void EventLoop::post(std::function<void()> function) {
    {
        const std::lock_guard lock(mutex_);
        posted_.push_back(std::move(function));
    }
    uv_async_send(wakeup_);
}

std::chrono::milliseconds EventLoop::now() const {
    return std::chrono::milliseconds{static_cast<std::int64_t>(uv_now(loop_.get()))};
}

void EventLoop::run_posted() {
    std::vector<std::function<void()>> functions;
    {
        const std::lock_guard lock(mutex_);
        functions.swap(posted_);
    }
    for (std::function<void()>& function : functions) {
        function();
        function = nullptr;  // what it captured dies in order, too
    }
    if (stopping_.load()) uv_stop(loop_.get());
}

}  // namespace chainmend::proxy
