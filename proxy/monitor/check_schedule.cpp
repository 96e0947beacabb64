#include "proxy/monitor/check_schedule.h"

#include <algorithm>

namespace chainmend::proxy {

CheckSchedule::Moment CheckSchedule::after(Moment now, double from, double to) const {
    const double part = from + (to - from) * random_();
    return now + Moment{static_cast<std::int64_t>(part * static_cast<double>(interval_.count()))};
}

void CheckSchedule::set(const std::vector<std::string>& names, std::chrono::milliseconds interval,
                        Moment now) {
    interval_ = interval;
    const double first =
        std::min(0.1, static_cast<double>(max_first.count()) / static_cast<double>(interval.count()));
    std::map<std::string, Moment> fresh;
    for (const auto& name : names) {
        const auto known = due_.find(name);
        fresh[name] = known == due_.end() ? after(now, 0, first) : std::min(known->second, now + interval);
    }
    due_ = std::move(fresh);
}

std::vector<std::string> CheckSchedule::take_due(Moment now, std::size_t most) {
    std::vector<std::pair<Moment, std::string>> due;
    for (const auto& [name, moment] : due_) {
        if (moment <= now) due.emplace_back(moment, name);
    }
    std::sort(due.begin(), due.end());
    if (due.size() > most) due.resize(most);
    std::vector<std::string> names;
    for (auto& [moment, name] : due) {
        due_[name] = after(now, 0.9, 1.1);
        names.push_back(std::move(name));
    }
    return names;
}

std::optional<CheckSchedule::Moment> CheckSchedule::next() const {
    std::optional<Moment> next;
    for (const auto& [name, moment] : due_)
        next = next ? std::min(*next, moment) : moment;
    return next;
}

}  // namespace chainmend::proxy
