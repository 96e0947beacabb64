#include "proxy/cli/mapped_repair.h"

#include <algorithm>
#include <optional>

namespace chainmend::proxy {

using std::chrono::milliseconds;

/// One fetch within the imagined time of the repair.
struct MappedRepair::Flight {
    MappedFetch mapped;
    milliseconds start{};
    milliseconds end{};
    bool won = false;  ///< brought a certificate that verifies the child
};

certs::Verdict MappedRepair::run(certs::PathBuilder& builder) {
    auto step = builder.next();
    while (const auto* need = std::get_if<certs::NeedIssuer>(&step)) {
        builder.answer(answer(*need));
        step = builder.next();
    }
    return std::get<certs::Verdict>(std::move(step));
}

MappedRepair::Flight MappedRepair::launch(const certs::Certificate& child, const std::string& url,
                                          milliseconds start) {
    const auto known = fetched_.find(url);
    Flight flight{known != fetched_.end() ? known->second : map_->fetch(url, settings_, fetch_timeout_),
                  start,
                  {},
                  false};
    certs::Fetch& fetch = flight.mapped.fetch;
    if (known != fetched_.end()) {
        fetch.from_cache = true;
        fetch.milliseconds = 0;
    } else {
        fetched_[url] = flight.mapped;
        if (fetch.result != certs::FetchResult::blocked) ++fetches_;
    }
    flight.won = std::any_of(flight.mapped.certificates.begin(), flight.mapped.certificates.end(),
                             [&](const auto& certificate) { return memo_.verifies(child, *certificate); });
    if (fetch.result == certs::FetchResult::ok && !flight.won) {
        fetch.result = certs::FetchResult::wrong_issuer;
        fetch.detail = "what is there did not sign the certificate that points to it";
    }
    flight.end = start + milliseconds{fetch.milliseconds};
    if (flight.end > settings_.budget) {
        fetch.milliseconds = (settings_.budget - start).count();
        fetch.result = certs::FetchResult::timeout;
        fetch.detail = "the time for all fetches is over";
        flight.end = settings_.budget;
        flight.won = false;
    }
    return flight;
}

certs::IssuerAnswer MappedRepair::answer(const certs::NeedIssuer& need) {
    certs::IssuerAnswer answer;
    if (map_ == nullptr) {
        answer.last = true;
        return answer;
    }
    const auto urls =
        std::min(need.urls.size(), static_cast<std::size_t>(settings_.max_urls_per_certificate));
    std::vector<Flight> flights;
    const Flight* winner = nullptr;
    milliseconds start = elapsed_;
    for (std::size_t i = 0; i < urls; ++i) {
        if (winner != nullptr && winner->end <= start) break;
        if (start >= settings_.budget ||
            (fetches_ >= settings_.max_fetches && !fetched_.contains(need.urls[i]))) {
            answer.last = true;
            answer.reason = certs::Reason::fetch_limit;
            break;
        }
        flights.reserve(urls);  // winner points into it
        const Flight& flight = flights.emplace_back(launch(*need.of, need.urls[i], start));
        if (flight.won && (winner == nullptr || flight.end < winner->end)) winner = &flight;
        start = std::min(flight.end, flight.start + settings_.hedge_after);
    }
    if (winner != nullptr) answer.last = false;
    for (Flight& flight : flights) {
        if (winner != nullptr && &flight != winner && flight.end > winner->end) {
            flight.mapped.fetch.result = certs::FetchResult::not_attempted;
            flight.mapped.fetch.detail = "another URL answered first";
            flight.mapped.fetch.milliseconds = (winner->end - flight.start).count();
        }
        elapsed_ = std::max(elapsed_, winner != nullptr ? winner->end : flight.end);
        answer.fetches.push_back(flight.mapped.fetch);
    }
    if (winner != nullptr) {
        for (const auto& certificate : winner->mapped.certificates) {
            answer.issuers.push_back({certificate, winner->mapped.fetch.url});
        }
    }
    return answer;
}

}  // namespace chainmend::proxy
