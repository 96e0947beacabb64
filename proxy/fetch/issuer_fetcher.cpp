#include "proxy/fetch/issuer_fetcher.h"

#include "certs/certificate_file.h"
#include "certs/ocsp_judgement.h"
#include "proxy/report/printable.h"

namespace chainmend::proxy {

/// One caller's wish; destroying it takes the wish back.
class FetchWait final : public Operation {
  public:
    FetchWait(IssuerFetcher& fetcher, FetchKey key, std::function<void(FetchedPtr)> completion)
        : key_(std::move(key)),
          waiter_(std::make_shared<FetchTable::Waiter>(FetchTable::Waiter{&fetcher, std::move(completion)})) {
        if (fetcher.table_->join(key_, waiter_) == FetchTable::Order::fly) fetcher.fly(key_);
    }

    ~FetchWait() override {
        IssuerFetcher& fetcher = *waiter_->fetcher;
        waiter_->completion = nullptr;
        if (fetcher.table_->leave(key_, waiter_) == FetchTable::Order::abandon) fetcher.abandon(key_);
    }

  private:
    const FetchKey key_;
    const FetchTable::WaiterPtr waiter_;
};

IssuerFetcher::Options IssuerFetcher::Options::from(const config::Settings& settings) {
    Options options;
    options.limits.timeout = settings.egress.timeout;
    options.limits.max_bytes = static_cast<std::size_t>(settings.repair.max_bytes);
    options.max_crl_bytes = static_cast<std::size_t>(settings.verify.crl_max_bytes);
    options.limits.max_redirects = static_cast<int>(settings.repair.max_redirects);
    options.proxy = SocketAddress::parse(settings.egress.proxy);
    return options;
}

IssuerFetcher::IssuerFetcher(EventLoop& loop, Resolver& resolver, std::shared_ptr<const EgressPolicy> policy,
                             std::shared_ptr<FetchTable> table, Options options)
    : loop_(loop),
      resolver_(resolver),
      policy_(std::move(policy)),
      table_(std::move(table)),
      options_(std::move(options)),
      self_(std::make_shared<IssuerFetcher*>(this)) {}

IssuerFetcher::~IssuerFetcher() {
    *self_ = nullptr;
    table_->hand_over(this);
}

OperationPtr IssuerFetcher::fetch(FetchKey what, std::function<void(FetchedPtr)> completion) {
    if (options_.proxy) what.origin = Reach::public_internet;
    return std::make_unique<FetchWait>(*this, std::move(what), std::move(completion));
}

void IssuerFetcher::set_policy(std::shared_ptr<const EgressPolicy> policy, Options options) {
    policy_ = std::move(policy);
    options_ = std::move(options);
}

void IssuerFetcher::fly(const FetchKey& key) {
    HttpGetRequest request{key.url, key.origin, options_.limits, options_.proxy};
    request.lookups = table_->lookups();
    if (key.kind == FetchKind::ocsp) request.limits.max_bytes = certs::max_ocsp_bytes;
    if (key.kind == FetchKind::crl) request.limits.max_bytes = options_.max_crl_bytes;
    request.post = key.post;
    if (key.kind == FetchKind::ocsp) request.post_type = "application/ocsp-request";
    flights_[key] = start_http_get(loop_, resolver_, policy_, request,
                                   [this, key](HttpGetOutcome outcome) { land(key, std::move(outcome)); });
}

void IssuerFetcher::land(const FetchKey& key, HttpGetOutcome outcome) {
    auto fetched = std::make_shared<Fetched>();
    fetched->fetch = std::move(outcome.fetch);
    if (!key.post.empty() && fetched->fetch.detail.empty()) fetched->fetch.detail = "asked with POST";
    if (fetched->fetch.result == certs::FetchResult::ok && key.kind != FetchKind::issuer) {
        fetched->fetch.format = "der";
        fetched->body = std::move(outcome.body);
    } else if (fetched->fetch.result == certs::FetchResult::ok) {
        auto file = certs::read_certificates(outcome.body);
        if (file) {
            fetched->fetch.format = certs::to_string(file->format);
            fetched->certificates = std::move(file->certificates);
        } else {
            fetched->fetch.result = certs::FetchResult::unparsable;
            fetched->fetch.detail = printable_ascii(file.error().message, 200);
        }
    }
    flights_.erase(key);
    table_->land(key, this, std::move(fetched));
}

}  // namespace chainmend::proxy
