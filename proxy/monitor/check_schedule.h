#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace chainmend::proxy {

/// When what is looked at next. Everybody's first look comes soon, at a random moment, and each later one an
/// interval after the last, a tenth more or less: so that many hosts, or many monitors that were started at
/// once, do not all look at the same moment for ever. Pure: the time is an argument, on any steady clock.
class CheckSchedule {
  public:
    using Moment = std::chrono::milliseconds;

    /// `random` gives numbers from 0 to 1, not 1 itself.
    explicit CheckSchedule(std::function<double()> random) : random_(std::move(random)) {}

    /// From now on these and no others. What was known keeps its moment, unless that is further than the
    /// interval away.
    void set(const std::vector<std::string>& names, std::chrono::milliseconds interval, Moment now);
    /// Names that are due, the longest overdue first, at most `most`; each is due again an interval later.
    std::vector<std::string> take_due(Moment now, std::size_t most);
    /// When the next one is due; nothing when there is none.
    std::optional<Moment> next() const;

    /// The first looks are spread over a tenth of the interval, or over this when that is less.
    static constexpr std::chrono::milliseconds max_first{60'000};

  private:
    Moment after(Moment now, double from, double to) const;

    std::function<double()> random_;
    std::chrono::milliseconds interval_{0};
    std::map<std::string, Moment> due_;
};

}  // namespace chainmend::proxy
