#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "proxy/log/host_event.h"
#include "proxy/monitor/delivery_status.h"
#include "proxy/shared_parts.h"

namespace chainmend::proxy {

/// Hands events to monitor.command, on its standard input, and to monitor.webhook, as the body of a POST: one
/// at a time, in order, each with monitor.timeout and three tries. Nobody waits for them: events queue up,
/// and what is too much is dropped and counted. Nothing secret is in the command's arguments or environment.
class EventDelivery {
  public:
    explicit EventDelivery(WorkerParts& parts) : parts_(parts) {}

    void deliver(const HostEvent& event);
    const DeliveryStatus& status() const { return status_; }
    bool is_idle() const { return queue_.empty() && !step_; }
    /// Called whenever the last event that waited is settled.
    void when_idle(std::function<void()> idle) { idle_ = std::move(idle); }

    /// Events that wait. One takes about a kilobyte.
    static constexpr std::size_t capacity = 1000;
    static constexpr int max_tries = 3;

  private:
    enum class Way { command, webhook };
    struct Parcel {
        Way way;
        std::string text;
        int tries = 0;
    };

    const config::MonitorSettings& settings() const;
    void queue(Way way, const std::string& text);
    void next();
    void run_command();
    void post();
    void post_with(const std::string& token);
    void tried(const std::string& trouble);

    WorkerParts& parts_;
    SnapshotPtr snapshot_;
    std::deque<Parcel> queue_;
    DeliveryStatus status_;
    std::function<void()> idle_;
    OperationPtr step_;
};

}  // namespace chainmend::proxy
