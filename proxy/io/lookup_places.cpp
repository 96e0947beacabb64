#include "proxy/io/lookup_places.h"

#include <algorithm>

#include "proxy/io/process.h"

namespace chainmend::proxy {

/// One place that is taken.
class LookupPlaces::Holding {
  public:
    explicit Holding(QueuePtr queue) : queue_(std::move(queue)) {}
    ~Holding() {
        const std::lock_guard lock(queue_->mutex);
        if (queue_->waiting.empty()) {
            ++queue_->free;
            return;
        }
        const WaiterPtr next = queue_->waiting.front();
        queue_->waiting.pop_front();
        grant(queue_, next);
    }
    Holding(const Holding&) = delete;
    Holding& operator=(const Holding&) = delete;

  private:
    const QueuePtr queue_;
};

class LookupPlaces::Wait final : public Operation {
  public:
    Wait(QueuePtr queue, EventLoop& loop, std::function<void(Place)> granted)
        : queue_(std::move(queue)), waiter_(std::make_shared<Waiter>(Waiter{loop, std::move(granted)})) {
        const std::lock_guard lock(queue_->mutex);
        if (queue_->free == 0) {
            queue_->waiting.push_back(waiter_);
            return;
        }
        --queue_->free;
        grant(queue_, waiter_);
    }

    ~Wait() override {
        waiter_->granted = nullptr;
        const std::lock_guard lock(queue_->mutex);
        queue_->waiting.remove(waiter_);
    }

  private:
    const QueuePtr queue_;
    const WaiterPtr waiter_;
};

LookupPlaces::LookupPlaces() : LookupPlaces(lookup_threads() / 4) {}

LookupPlaces::LookupPlaces(std::size_t places) : queue_(std::make_shared<Queue>()) {
    queue_->free = std::max<std::size_t>(places, 1);
}

OperationPtr LookupPlaces::take(EventLoop& loop, std::function<void(Place)> granted) {
    return std::make_unique<Wait>(queue_, loop, std::move(granted));
}

std::size_t LookupPlaces::waiting() const {
    const std::lock_guard lock(queue_->mutex);
    return queue_->waiting.size();
}

/// Under the lock, so that the waiter's loop is still there.
void LookupPlaces::grant(const QueuePtr& queue, const WaiterPtr& waiter) {
    waiter->loop.post([waiter, place = Place(std::make_shared<Holding>(queue))]() mutable {
        // Its operation may be gone; then the place goes to the next with this function.
        const auto granted = std::move(waiter->granted);
        waiter->granted = nullptr;
        if (granted) granted(std::move(place));
    });
}

}  // namespace chainmend::proxy
