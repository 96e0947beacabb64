#include "proxy/cli/mapped_repair.h"

#include <algorithm>
#include <optional>

#include "proxy/fetch/url.h"
#include "proxy/report/printable.h"

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

/// The URLs that are tried, as the real search chooses them: what can not be followed at all does not count.
std::vector<std::string> MappedRepair::usable_urls(const certs::NeedIssuer& need,
                                                   certs::IssuerAnswer& answer) const {
    std::vector<std::string> urls;
    for (const std::string& url : need.urls) {
        const auto parsed = parse_url(url);
        if (!parsed) {
            certs::Fetch& skipped = answer.fetches.emplace_back();
            skipped.url = printable_ascii(url, 300);
            skipped.result = certs::FetchResult::blocked;
            skipped.detail = parsed.error().message;
        } else if (urls.size() < static_cast<std::size_t>(settings_.max_urls_per_certificate)) {
            urls.push_back(url);
        }
    }
    return urls;
}

/// Launches one URL after the other until one has won, each when the one before it has ended or is slow.
std::vector<MappedRepair::Flight> MappedRepair::fly(const certs::NeedIssuer& need,
                                                    const std::vector<std::string>& urls,
                                                    certs::IssuerAnswer& answer) {
    std::vector<Flight> flights;
    std::optional<milliseconds> won_at;
    milliseconds start = elapsed_;
    for (const std::string& url : urls) {
        if (won_at && *won_at <= start) break;
        if (start >= settings_.budget || (fetches_ >= settings_.max_fetches && !fetched_.contains(url))) {
            answer.last = !won_at;
            answer.reason = won_at ? certs::Reason::ok : certs::Reason::fetch_limit;
            break;
        }
        const Flight& flight = flights.emplace_back(launch(*need.of, url, start));
        if (flight.won) won_at = std::min(won_at.value_or(flight.end), flight.end);
        start = std::min(flight.end, flight.start + settings_.hedge_after);
    }
    return flights;
}

certs::IssuerAnswer MappedRepair::answer(const certs::NeedIssuer& need) {
    certs::IssuerAnswer answer;
    if (map_ == nullptr || !settings_.enabled || !settings_.fetch) {
        answer.last = true;
        return answer;
    }
    const auto urls = usable_urls(need, answer);
    auto flights = fly(need, urls, answer);
    const auto ends_sooner = [](const Flight& a, const Flight& b) {
        return a.won != b.won ? a.won : a.end < b.end;
    };
    const auto winner = std::min_element(flights.begin(), flights.end(), ends_sooner);
    const bool found = winner != flights.end() && winner->won;
    for (auto flight = flights.begin(); flight != flights.end(); ++flight) {
        certs::Fetch& fetch = flight->mapped.fetch;
        if (found && flight->end > winner->end) {
            fetch.result = certs::FetchResult::not_attempted;
            fetch.detail = "a better answer came first";
            fetch.milliseconds = (winner->end - flight->start).count();
        }
        elapsed_ = std::max(elapsed_, found ? winner->end : flight->end);
        answer.fetches.push_back(fetch);
    }
    if (found) {
        for (const auto& certificate : winner->mapped.certificates) {
            answer.issuers.push_back({certificate, winner->mapped.fetch.url});
        }
        for (std::size_t i = 0; i < urls.size(); ++i) {
            if (i >= flights.size() || flights[i].end > winner->end) answer.untried.push_back(urls[i]);
        }
    }
    const auto blocked = [](const certs::Fetch& fetch) {
        return fetch.result == certs::FetchResult::blocked;
    };
    if (!found && !answer.last && std::all_of(answer.fetches.begin(), answer.fetches.end(), blocked)) {
        answer.reason = certs::Reason::fetch_blocked;
    }
    return answer;
}

}  // namespace chainmend::proxy
