#include "proxy/io/signal_watch.h"

#include "proxy/io/uv_check.h"

namespace chainmend::proxy {
namespace {

class SignalWatch final : public Operation {
  public:
    SignalWatch(EventLoop& loop, int signal, std::function<void()> received)
        : watcher_(new Watcher{{}, std::move(received)}) {
        uv_check(uv_signal_init(loop.uv(), &watcher_->uv), "uv_signal_init");
        watcher_->uv.data = watcher_;
        uv_check(
            uv_signal_start(
                &watcher_->uv,
                [](uv_signal_t* handle, int) { static_cast<Watcher*>(handle->data)->received(); }, signal),
            "uv_signal_start");
    }
    ~SignalWatch() override { close_and_delete(watcher_); }

  private:
    struct Watcher {
        uv_signal_t uv;
        std::function<void()> received;
    };
    Watcher* watcher_;
};

}  // namespace

OperationPtr watch_signal(EventLoop& loop, int signal, std::function<void()> received) {
    return std::make_unique<SignalWatch>(loop, signal, std::move(received));
}

}  // namespace chainmend::proxy
