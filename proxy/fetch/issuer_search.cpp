#include "proxy/fetch/issuer_search.h"

#include <algorithm>

#include "proxy/fetch/url.h"
#include "proxy/io/timer.h"
#include "proxy/report/printable.h"

namespace chainmend::proxy {
namespace {

using certs::Fetch;
using certs::FetchResult;
using std::chrono::milliseconds;

/// Signatures checked for one response. PKCS#7 bundles of real CAs hold two to four certificates; 64 KiB
/// would hold 80 small ones.
constexpr int max_signatures = 16;

/// Those of `offered` that verify `child`, and then those that verify one of these.
std::vector<certs::CertificatePtr> issuers_among(const std::vector<certs::CertificatePtr>& offered,
                                                 const certs::CertificatePtr& child,
                                                 certs::SignatureMemo& memo) {
    std::vector<certs::CertificatePtr> found;
    std::vector<certs::CertificatePtr> children{child};
    int budget = max_signatures;
    while (!children.empty()) {
        const certs::CertificatePtr current = children.back();
        children.pop_back();
        // Those with the right name first: the budget is for them.
        std::vector<certs::CertificatePtr> candidates = offered;
        std::stable_partition(candidates.begin(), candidates.end(),
                              [&](const certs::CertificatePtr& candidate) {
                                  return candidate->subject() == current->issuer();
                              });
        for (const certs::CertificatePtr& candidate : candidates) {
            const auto same = [&](const auto& other) { return other->sha256() == candidate->sha256(); };
            if (candidate->sha256() == current->sha256() || std::any_of(found.begin(), found.end(), same))
                continue;
            if (budget-- <= 0) return found;
            if (!memo.verifies(*current, *candidate)) continue;
            found.push_back(candidate);
            children.push_back(candidate);
        }
        if (found.empty()) return found;
    }
    return found;
}

Fetch skipped(const std::string& url, FetchResult result, std::string detail) {
    Fetch fetch;
    fetch.url = printable_ascii(url, 300);
    fetch.result = result;
    fetch.detail = std::move(detail);
    return fetch;
}

class IssuerSearch final : public Operation {
  public:
    IssuerSearch(IssuerFetcher& fetcher, const certs::NeedIssuer& need, Reach origin,
                 const IssuerSearchLimits& limits, certs::SignatureMemo& memo,
                 std::function<void(IssuerSearchOutcome)> completion)
        : fetcher_(fetcher),
          child_(need.of),
          origin_(origin),
          limits_(limits),
          memo_(memo),
          completion_(std::move(completion)) {
        choose(need.urls);
        deadline_ = start_timer(fetcher_.loop(), limits_.deadline, [this] { give_up(); });
        start_next();
    }

  private:
    struct Candidate {
        std::string url;
        OperationPtr wait;
        milliseconds begin{};
        bool started = false;
        bool answered = false;
        Fetch fetch;
    };

    void choose(const std::vector<std::string>& urls) {
        for (const std::string& url : urls) {
            const auto same = [&](const Candidate& other) { return other.url == url; };
            if (std::any_of(candidates_.begin(), candidates_.end(), same)) continue;
            const auto parsed = parse_url(url);
            if (!parsed) {
                const bool scheme = parsed.error().code == ErrorCode::blocked;
                skipped_.push_back(
                    skipped(url, FetchResult::blocked,
                            scheme ? parsed.error().message : "not followed (not a usable URL)"));
            } else if (static_cast<int>(candidates_.size()) >= limits_.max_urls) {
                skipped_.push_back(
                    skipped(url, FetchResult::not_attempted,
                            "only the first " + std::to_string(limits_.max_urls) + " URLs are tried"));
            } else {
                Candidate candidate;
                candidate.url = url;
                candidates_.push_back(std::move(candidate));
            }
        }
    }

    void start_next() {
        hedge_.reset();
        const auto next = std::find_if(candidates_.begin(), candidates_.end(),
                                       [](const Candidate& candidate) { return !candidate.started; });
        const bool may_start = next != candidates_.end() && begun_ < limits_.max_fetches;
        if (!may_start) {
            const bool waiting = std::any_of(
                candidates_.begin(), candidates_.end(),
                [](const Candidate& candidate) { return candidate.started && !candidate.answered; });
            // Not from here: this may be the start call.
            if (!waiting) hedge_ = start_timer(fetcher_.loop(), milliseconds{0}, [this] { finish(); });
            return;
        }
        ++begun_;
        next->started = true;
        next->begin = fetcher_.loop().now();
        const auto index = static_cast<std::size_t>(next - candidates_.begin());
        next->wait = fetcher_.fetch(next->url, origin_, [this, index](const FetchedPtr& fetched) {
            answered(candidates_[index], *fetched);
        });
        hedge_ = start_timer(fetcher_.loop(), limits_.hedge_after, [this] { start_next(); });
    }

    void answered(Candidate& candidate, const Fetched& fetched) {
        candidate.answered = true;
        candidate.fetch = fetched.fetch;
        if (fetched.fetch.result != FetchResult::ok) return start_next();
        const auto issuers = issuers_among(fetched.certificates, child_, memo_);
        if (issuers.empty()) {
            candidate.fetch.result = FetchResult::wrong_issuer;
            candidate.fetch.detail = "holds \"" +
                                     printable_ascii(fetched.certificates.front()->display_name(), 80) +
                                     "\", whose key did not sign this certificate";
            return start_next();
        }
        for (const certs::CertificatePtr& issuer : issuers) {
            outcome_.answer.issuers.push_back({issuer, candidate.url, network_of(origin_)});
        }
        finish();
    }

    void give_up() {
        outcome_.answer.last = true;
        outcome_.answer.reason = certs::Reason::fetch_limit;
        for (Candidate& candidate : candidates_) {
            if (!candidate.started || candidate.answered) continue;
            candidate.answered = true;
            candidate.fetch =
                skipped(candidate.url, FetchResult::timeout, "the time for this handshake is used up");
            candidate.fetch.milliseconds = (fetcher_.loop().now() - candidate.begin).count();
        }
        finish();
    }

    void finish() {
        hedge_.reset();
        deadline_.reset();
        const bool found = !outcome_.answer.issuers.empty();
        for (Candidate& candidate : candidates_) {
            candidate.wait.reset();
            if (!candidate.answered) {
                if (found) outcome_.answer.untried.push_back(candidate.url);
                candidate.fetch = skipped(
                    candidate.url, FetchResult::not_attempted,
                    found ? "a better answer came first" : "the fetches of this handshake are used up");
                if (candidate.started) {
                    candidate.fetch.milliseconds = (fetcher_.loop().now() - candidate.begin).count();
                }
            }
            outcome_.answer.fetches.push_back(std::move(candidate.fetch));
        }
        std::move(skipped_.begin(), skipped_.end(), std::back_inserter(outcome_.answer.fetches));
        if (!found && outcome_.answer.reason == certs::Reason::ok) outcome_.answer.reason = reason();
        outcome_.answer.last |= outcome_.answer.reason == certs::Reason::fetch_limit;
        outcome_.fetches = begun_;
        const auto completion = std::move(completion_);
        completion(std::move(outcome_));
    }

    /// Why nothing was found, where that is ours to say.
    certs::Reason reason() const {
        const auto& fetches = outcome_.answer.fetches;
        const auto is = [](FetchResult result) {
            return [result](const Fetch& f) { return f.result == result; };
        };
        if (begun_ >= limits_.max_fetches &&
            std::any_of(fetches.begin(), fetches.end(), is(FetchResult::not_attempted))) {
            return certs::Reason::fetch_limit;
        }
        // A URL of another scheme is not worth that name: nobody would have fetched it.
        const bool forbidden = std::any_of(fetches.begin(), fetches.end(), [](const Fetch& fetch) {
            return fetch.result == FetchResult::blocked && !fetch.address.empty();
        });
        const bool nothing_else = std::all_of(fetches.begin(), fetches.end(), is(FetchResult::blocked));
        if (forbidden && nothing_else) return certs::Reason::fetch_blocked;
        return certs::Reason::ok;
    }

    IssuerFetcher& fetcher_;
    const certs::CertificatePtr child_;
    const Reach origin_;
    const IssuerSearchLimits limits_;
    certs::SignatureMemo& memo_;
    std::function<void(IssuerSearchOutcome)> completion_;
    std::vector<Candidate> candidates_;
    std::vector<Fetch> skipped_;
    OperationPtr hedge_;
    OperationPtr deadline_;
    int begun_ = 0;
    IssuerSearchOutcome outcome_;
};

}  // namespace

OperationPtr start_issuer_search(IssuerFetcher& fetcher, const certs::NeedIssuer& need, Reach origin,
                                 const IssuerSearchLimits& limits, certs::SignatureMemo& memo,
                                 std::function<void(IssuerSearchOutcome)> completion) {
    return std::make_unique<IssuerSearch>(fetcher, need, origin, limits, memo, std::move(completion));
}

}  // namespace chainmend::proxy
