#include "proxy/fetch/circuit_breaker.h"

#include <algorithm>

namespace chainmend::proxy {

bool CircuitBreaker::admit(const std::string& host, Moment now) {
    const auto found = hosts_.find(host);
    if (found == hosts_.end() || found->second.failures < failures_to_open) return true;
    Host& state = found->second;
    if (now < state.open_until || state.probing) return false;
    return state.probing = true;
}

void CircuitBreaker::succeeded(const std::string& host) {
    hosts_.erase(host);
}

void CircuitBreaker::failed(const std::string& host, Moment now) {
    if (hosts_.size() >= max_hosts && !hosts_.contains(host)) {
        const auto longest_ago = std::min_element(
            hosts_.begin(), hosts_.end(),
            [](const auto& a, const auto& b) { return a.second.last_heard < b.second.last_heard; });
        hosts_.erase(longest_ago);
    }
    Host& state = hosts_[host];
    state.last_heard = now;
    state.probing = false;
    if (++state.failures < failures_to_open) return;
    state.pause = state.pause == Moment{} ? first_pause : std::min(state.pause * 2, longest_pause);
    state.open_until = now + state.pause;
}

void CircuitBreaker::released(const std::string& host) {
    const auto found = hosts_.find(host);
    if (found != hosts_.end()) found->second.probing = false;
}

std::vector<CircuitBreaker::HostState> CircuitBreaker::troubled(Moment now) const {
    std::vector<HostState> result;
    for (const auto& [host, state] : hosts_) {
        if (state.failures < failures_to_open) continue;
        const bool open = now < state.open_until;
        result.push_back({host, open ? State::open : State::half_open, state.failures,
                          open ? state.open_until - now : Moment{}});
    }
    return result;
}

const char* to_string(CircuitBreaker::State state) {
    switch (state) {
        case CircuitBreaker::State::closed:
            return "closed";
        case CircuitBreaker::State::open:
            return "open";
        case CircuitBreaker::State::half_open:
            return "half-open";
    }
    return "";
}

}  // namespace chainmend::proxy
