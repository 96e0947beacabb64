#pragma once

#include <functional>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "proxy/dial_parts.h"
#include "proxy/io/timer.h"
#include "proxy/monitor/check_schedule.h"
#include "proxy/monitor/event_delivery.h"
#include "proxy/monitor/expiry_warnings.h"
#include "proxy/monitor/monitor_status.h"
#include "proxy/monitor/server_look.h"

namespace chainmend::proxy {

struct MonitorOptions {
    /// Each host once, now, and no more.
    bool once = false;
    /// Told of every look. May be empty.
    std::function<void(const LookOutcome&)> looked = {};
    /// Told of every event, in place of the log. May be empty.
    std::function<void(const HostEvent&)> told = {};
    /// With `once`: all hosts were looked at. Events may still come from the history. May be empty.
    std::function<void()> done = {};
};

/// Looks at servers on a schedule and says what should be heard of: what ends soon, and what changed. The
/// history (`shared.history`, which is not null when there is anything to look at) keeps each look like any
/// other decision and tells what is new about it: whoever owns both calls happened() with that, on this loop.
///
/// Under the snapshot in force. Begins when it is made; destroyed before its loop.
class Monitor {
  public:
    Monitor(EventLoop& loop, SharedParts& shared, MonitorOptions options = {});
    Monitor(const Monitor&) = delete;
    Monitor& operator=(const Monitor&) = delete;

    /// After a reload.
    void take_up_snapshot();
    /// Puts the event on record and hands it to whom the settings name.
    void happened(const HostEvent& event);
    EventDelivery& delivery() { return delivery_; }
    MonitorStatus status() const;

    /// Hosts looked at. At the least interval of a minute this is 17 a second.
    static constexpr std::size_t max_hosts = 1000;
    /// Looks at once: half of what libuv resolves at a time.
    static constexpr std::size_t at_once = 8;

  private:
    void find_seen();
    void take_seen(const std::vector<std::string>& names);
    void schedule();
    void look_at_due();
    void looked_at(std::list<OperationPtr>::iterator place, LookOutcome outcome);
    void record(const CheckedHost& host);
    void tell_of_silent(const CheckedHost& host);
    void warn_of_own();
    void tell(std::vector<ExpiryWarning> warnings);
    void set_alarm();

    EventLoop& loop_;
    SharedParts& shared_;
    const MonitorOptions options_;
    DialParts dial_parts_;
    EventDelivery delivery_;
    CheckSchedule schedule_;
    std::vector<std::string> seen_;  // hosts that clients asked for lately, "HOST:PORT"
    std::map<std::string, Authority> servers_;
    std::map<std::string, std::vector<std::string>> silent_;  // addresses of a name at its last look
    MonitorStatus status_;
    std::list<OperationPtr> looks_;
    std::size_t left_ = 0;  // with options_.once: hosts not looked at yet
    OperationPtr seen_step_;
    OperationPtr own_step_;
    Deadline alarm_;
};

}  // namespace chainmend::proxy
