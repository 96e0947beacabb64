#include "proxy/fetch/chain_repair.h"

#include "proxy/fetch/issuer_search.h"
#include "proxy/io/timer.h"

namespace chainmend::proxy {
namespace {

using std::chrono::milliseconds;

class ChainRepair final : public Operation {
  public:
    ChainRepair(EventLoop& loop, IssuerFetcher* fetcher, ChainRepairRequest request,
                std::function<void(certs::Verdict)> completion)
        : loop_(loop),
          fetcher_(fetcher),
          request_(std::move(request)),
          completion_(std::move(completion)),
          deadline_(loop.now() + request_.settings.budget),
          fetches_left_(static_cast<int>(request_.settings.max_fetches)),
          step_(start_timer(loop, milliseconds{0}, [this] { build(); })) {}

  private:
    void build() {
        while (true) {
            certs::PathBuilder::Step step = request_.builder->next();
            if (auto* verdict = std::get_if<certs::Verdict>(&step)) return finish(std::move(*verdict));
            if (may_fetch()) return search(std::get<certs::NeedIssuer>(step));
            request_.builder->answer(no_more_fetches());
        }
    }

    bool is_allowed() const { return fetcher_ && request_.settings.enabled && request_.settings.fetch; }
    bool may_fetch() const { return is_allowed() && fetches_left_ > 0 && time_left() > milliseconds{0}; }
    milliseconds time_left() const { return deadline_ - loop_.now(); }

    certs::IssuerAnswer no_more_fetches() const {
        certs::IssuerAnswer answer;
        answer.last = true;
        if (is_allowed()) answer.reason = certs::Reason::fetch_limit;
        return answer;
    }

    void search(const certs::NeedIssuer& need) {
        const IssuerSearchLimits limits{static_cast<int>(request_.settings.max_urls_per_certificate),
                                        fetches_left_, time_left(), request_.settings.hedge_after};
        step_ = start_issuer_search(*fetcher_, need, request_.origin, limits, memo_,
                                    [this](IssuerSearchOutcome outcome) { searched(std::move(outcome)); });
    }

    void searched(IssuerSearchOutcome outcome) {
        fetches_left_ -= outcome.fetches;
        for (const certs::FetchedIssuer& issuer : outcome.answer.issuers)
            learned_.push_back(issuer);
        request_.builder->answer(std::move(outcome.answer));
        build();
    }

    void finish(certs::Verdict verdict) {
        step_.reset();
        if (verdict.accepted() && request_.learned) {
            for (const certs::FetchedIssuer& issuer : learned_)
                request_.learned(issuer);
        }
        const auto completion = std::move(completion_);
        completion(std::move(verdict));
    }

    EventLoop& loop_;
    IssuerFetcher* const fetcher_;
    ChainRepairRequest request_;
    std::function<void(certs::Verdict)> completion_;
    const milliseconds deadline_;
    int fetches_left_;
    certs::SignatureMemo memo_;
    std::vector<certs::FetchedIssuer> learned_;
    OperationPtr step_;
};

}  // namespace

OperationPtr start_chain_repair(EventLoop& loop, IssuerFetcher* fetcher, ChainRepairRequest request,
                                std::function<void(certs::Verdict)> completion) {
    return std::make_unique<ChainRepair>(loop, fetcher, std::move(request), std::move(completion));
}

}  // namespace chainmend::proxy
