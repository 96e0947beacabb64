#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

typedef struct uv_loop_s uv_loop_t;    // libuv's
typedef struct uv_async_s uv_async_t;  // libuv's

namespace chainmend::proxy {

/// One libuv loop and the thread that runs it. Everything made with a loop belongs to that thread and is
/// destroyed before the loop; only post() and stop() may be called from elsewhere.
class EventLoop {
  public:
    EventLoop();
    /// Lets what is being closed finish closing (including work on libuv's thread pool whose operation was
    /// destroyed), then closes the loop. A handle that is still open here is a programming error: it is named
    /// on stderr and the program aborts, because its owner would run into freed memory.
    ~EventLoop();
    EventLoop(const EventLoop&) = delete;
    EventLoop& operator=(const EventLoop&) = delete;

    /// Runs until stop(). May be run again afterwards.
    void run();
    /// Makes run() return after the current round, or at once when it is called before run(). Any thread.
    void stop();
    /// Runs `function` on the loop's thread, in order, never inside this call. Any thread; the caller makes
    /// sure that the loop outlives the call. What has not run when the loop is destroyed never runs.
    void post(std::function<void()> function);

    /// Monotonic, as of the start of this round of the loop: for durations and deadlines, not a time of day.
    std::chrono::milliseconds now() const;

    /// One buffer for all streams of the loop: what is in it is valid during the callback that hands it out.
    std::span<char> read_buffer() { return {read_buffer_.get(), read_buffer_size}; }
    /// For the files of proxy/io only.
    uv_loop_t* uv() { return loop_.get(); }

  private:
    /// Four TLS records of 16 KiB: one read call fetches what a fast peer sends in a round.
    static constexpr std::size_t read_buffer_size = 64 * 1024;

    void run_posted();

    std::unique_ptr<uv_loop_t> loop_;
    uv_async_t* wakeup_;  // belongs to the loop once closed
    std::unique_ptr<char[]> read_buffer_;
    std::mutex mutex_;
    std::vector<std::function<void()>> posted_;  // guarded by mutex_
    std::atomic<bool> stopping_{false};
};

}  // namespace chainmend::proxy
