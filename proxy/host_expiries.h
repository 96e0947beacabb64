#pragma once

#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "config/time.h"
#include "proxy/log/decision_record.h"

namespace chainmend::proxy {

/// When the path of a host ends.
struct HostEnd {
    std::string host;
    int port = 0;
    Time expires{};
};

/// The ends of the paths that hosts are reached by, for metrics: of all hosts seen those that end first, so
/// that their number is bounded whatever clients ask for. Thread-safe.
class HostExpiries {
  public:
    HostExpiries() = default;
    HostExpiries(const HostExpiries&) = delete;
    HostExpiries& operator=(const HostExpiries&) = delete;

    /// Hosts that were accepted, or refused for having expired; others have no path. Names are those that a
    /// certificate was found good for, so no client invents them.
    void note(const DecisionRecord& record);
    /// By name.
    std::vector<HostEnd> read() const;

    /// Hosts kept: what Prometheus stores for each scrape of one target without anybody noticing.
    static constexpr std::size_t capacity = 200;

  private:
    using Name = std::pair<std::string, int>;

    mutable std::mutex mutex_;
    std::map<Name, Time> ends_;
};

}  // namespace chainmend::proxy
