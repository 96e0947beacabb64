#include "proxy/fetch/http_get.h"

#include <set>

#include "proxy/fetch/get_exchange.h"
#include "proxy/http/authority.h"
#include "proxy/io/connector.h"
#include "proxy/io/timer.h"
#include "proxy/report/printable.h"

namespace chainmend::proxy {
namespace {

using certs::FetchResult;
using std::chrono::milliseconds;

enum class Phase { queued, resolving, connecting, exchanging, done };

const char* to_string(Phase phase) {
    switch (phase) {
        case Phase::queued:
            return "while other names were looked up";
        case Phase::resolving:
            return "while looking up the name";
        case Phase::connecting:
            return "while connecting";
        case Phase::exchanging:
            return "while waiting for the answer";
        case Phase::done:
            return "";
    }
    return "";
}

FetchResult result_of(ConnectFailure failure) {
    switch (failure) {
        case ConnectFailure::refused:
            return FetchResult::connection_refused;
        case ConnectFailure::timed_out:
            return FetchResult::timeout;
        default:
            return FetchResult::connection_failed;
    }
}

class HttpGet final : public Operation {
  public:
    HttpGet(EventLoop& loop, Resolver& resolver, std::shared_ptr<const EgressPolicy> policy,
            HttpGetRequest request, std::function<void(HttpGetOutcome)> completion)
        : loop_(loop),
          resolver_(resolver),
          policy_(std::move(policy)),
          request_(std::move(request)),
          completion_(std::move(completion)),
          begin_(loop.now()) {
        outcome_.fetch.url = request_.url;
        // Everything begins in the next round, so that whatever fails at once completes from the loop, too.
        step_ = start_timer(loop_, milliseconds{0}, [this] { begin(); });
        timeout_ = start_timer(loop_, request_.limits.timeout, [this] {
            // Whose turn did not come has not been asked: that says nothing of the host.
            finish(phase_ == Phase::queued ? FetchResult::not_attempted : FetchResult::timeout,
                   std::string("gave up ") + to_string(phase_));
        });
    }

  private:
    void begin() {
        const auto url = parse_url(request_.url);
        if (!url) return refuse(url.error());
        visit(*url);
    }

    void refuse(const Error& error) {
        finish(error.code == ErrorCode::blocked ? FetchResult::blocked : FetchResult::bad_response,
               error.message);
    }

    void visit(const Url& url) {
        if (!visited_.insert(url.text()).second)
            return finish(FetchResult::redirect_loop, "redirected in a circle");
        url_ = url;
        outcome_.fetch.address.clear();
        if (request_.proxy) return visit_through_proxy();
        if (!request_.lookups || resolver_.knows(url_.host)) return resolve(nullptr);
        phase_ = Phase::queued;
        step_ =
            request_.lookups->take(loop_, [this](LookupPlaces::Place place) { resolve(std::move(place)); });
    }

    void resolve(LookupPlaces::Place place) {
        phase_ = Phase::resolving;
        step_ = resolver_.resolve(url_.host, std::move(place),
                                  [this](const Resolution& resolution) { resolved(resolution); });
    }

    /// The proxy resolves and connects, so that only what the URL itself says can be checked. Behind a proxy
    /// every origin counts as public.
    void visit_through_proxy() {
        outcome_.fetch.address = url_.host_header();  // as it is spelled: more is not known here
        if (const auto address = IpAddress::parse(url_.host)) {
            const SocketAddress target{*address, url_.port};
            const std::string refusal =
                policy_->refusal(target, Reach::public_internet, request_.another_port);
            outcome_.fetch.address = target.text();
            if (!refusal.empty()) return finish(FetchResult::blocked, refusal);
        } else if (ends_in_a_number(url_.host) || url_.host == "localhost" ||
                   url_.host.ends_with(".localhost")) {
            return finish(FetchResult::blocked, url_.host_header() + " is not a public name");
        } else if (!EgressPolicy::is_usual_port(url_.port)) {
            return finish(FetchResult::blocked,
                          url_.host_header() + " has a port other than 80 or 1024 and above");
        }
        connect({*request_.proxy});
    }

    void resolved(const Resolution& resolution) {
        if (resolution.addresses.empty()) return finish(FetchResult::dns_error, resolution.detail);
        std::vector<SocketAddress> allowed;
        std::string refusal;
        for (const IpAddress& address : resolution.addresses) {
            const SocketAddress target{address, url_.port};
            const std::string objection = policy_->refusal(target, request_.origin, request_.another_port);
            if (objection.empty()) {
                allowed.push_back(target);
            } else if (refusal.empty()) {
                refusal = objection;
                outcome_.fetch.address = target.text();
            }
        }
        if (allowed.empty()) return finish(FetchResult::blocked, refusal);
        connect(std::move(allowed));
    }

    void connect(std::vector<SocketAddress> addresses) {
        phase_ = Phase::connecting;
        ConnectOptions options;
        options.timeout = request_.limits.timeout;  // timeout_ is the one that counts
        step_ = start_connect(loop_, std::move(addresses), options,
                              [this](ConnectOutcome outcome) { connected(std::move(outcome)); });
    }

    void connected(ConnectOutcome connection) {
        outcome_.fetch.address = connection.address.text();
        if (!connection.stream) return finish(result_of(connection.failure), connection.detail);
        phase_ = Phase::exchanging;
        stream_ = std::move(connection.stream);
        exchange_ = std::make_unique<GetExchange>(GetExchange::Question{
            url_, request_.limits.max_bytes, request_.if_none_match, request_.proxy.has_value(),
            stays_post_ ? request_.post : Bytes{}, request_.post_type});
        stream_->set_callbacks({.data =
                                    [this](ByteView bytes) {
                                        exchange_->receive(bytes);
                                        advance();
                                    },
                                .end =
                                    [this] {
                                        exchange_->receive_end();
                                        advance();
                                    },
                                .drained = {},
                                .error =
                                    [this](const Error& error) {
                                        exchange_->receive_end(error.message);
                                        advance();
                                    }});
        stream_->start_reading();
        stream_->write(as_bytes(exchange_->request()));
    }

    void advance() {
        outcome_.fetch.http_status = exchange_->http_status();
        outcome_.fetch.bytes = exchange_->bytes();
        switch (exchange_->state()) {
            case GetExchange::State::reading:
                if (request_.progressed) request_.progressed(exchange_->bytes());
                return;
            case GetExchange::State::redirected:
                return redirect(exchange_->location());
            case GetExchange::State::done:
                break;
        }
        outcome_.entity_tag = exchange_->entity_tag();
        outcome_.not_modified = exchange_->not_modified();
        if (exchange_->result() == FetchResult::ok) outcome_.body = exchange_->take_body();
        finish(exchange_->result(), exchange_->detail());
    }

    void redirect(const std::string& location) {
        if (static_cast<int>(visited_.size()) > request_.limits.max_redirects) {
            outcome_.location = location;
            return finish(FetchResult::redirect_loop,
                          "more than " + std::to_string(request_.limits.max_redirects) + " redirects");
        }
        const auto target = resolve_url(url_, location);
        if (!target) {
            outcome_.fetch.address.clear();  // it was not this one that is refused
            return refuse(target.error().in("redirected to " + printable_ascii(location, 100)));
        }
        stays_post_ = stays_post_ && exchange_->http_status() != 303;
        stream_.reset();
        exchange_.reset();
        visit(*target);
    }

    void finish(FetchResult result, std::string detail) {
        phase_ = Phase::done;
        step_.reset();
        timeout_.reset();
        stream_.reset();
        outcome_.fetch.result = result;
        outcome_.fetch.detail = printable_ascii(detail, 300);
        outcome_.fetch.milliseconds = (loop_.now() - begin_).count();
        const auto completion = std::move(completion_);
        completion(std::move(outcome_));
    }

    EventLoop& loop_;
    Resolver& resolver_;
    const std::shared_ptr<const EgressPolicy> policy_;
    const HttpGetRequest request_;
    std::function<void(HttpGetOutcome)> completion_;
    const milliseconds begin_;
    Phase phase_ = Phase::resolving;
    Url url_;
    bool stays_post_ = true;  // no redirect has made a GET of it
    std::set<std::string> visited_;
    OperationPtr step_;  // whatever phase_ waits for, but for the exchange
    OperationPtr timeout_;
    std::unique_ptr<TcpStream> stream_;
    std::unique_ptr<GetExchange> exchange_;
    HttpGetOutcome outcome_;
};

}  // namespace

OperationPtr start_http_get(EventLoop& loop, Resolver& resolver, std::shared_ptr<const EgressPolicy> policy,
                            const HttpGetRequest& request, std::function<void(HttpGetOutcome)> completion) {
    return std::make_unique<HttpGet>(loop, resolver, std::move(policy), request, std::move(completion));
}

}  // namespace chainmend::proxy
