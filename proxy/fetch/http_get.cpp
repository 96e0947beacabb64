#include "proxy/fetch/http_get.h"

#include <set>

#include "proxy/http/authority.h"
#include "proxy/http/response_reader.h"
#include "proxy/io/connector.h"
#include "proxy/io/timer.h"
#include "proxy/report/printable.h"

namespace chainmend::proxy {
namespace {

using certs::FetchResult;
using std::chrono::milliseconds;

enum class Phase { resolving, connecting, exchanging, done };

const char* to_string(Phase phase) {
    switch (phase) {
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

FetchResult result_of(ResponseReader::Failure failure) {
    return failure == ResponseReader::Failure::too_large ? FetchResult::too_large : FetchResult::bad_response;
}

bool is_redirect(int status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
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
            finish(FetchResult::timeout, std::string("gave up ") + to_string(phase_));
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
        phase_ = Phase::resolving;
        step_ = resolver_.resolve(url_.host, [this](const Resolution& resolution) { resolved(resolution); });
    }

    /// The proxy resolves and connects, so that only what the URL itself says can be checked. Behind a proxy
    /// every origin counts as public.
    void visit_through_proxy() {
        if (const auto address = IpAddress::parse(url_.host)) {
            const std::string refusal = policy_->refusal({*address, url_.port}, Reach::public_internet);
            if (!refusal.empty()) return finish(FetchResult::blocked, refusal);
        } else if (ends_in_a_number(url_.host) || url_.host == "localhost" ||
                   url_.host.ends_with(".localhost")) {
            return finish(FetchResult::blocked, url_.host + " is not a public name");
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
            const std::string objection = policy_->refusal(target, request_.origin);
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
        reader_ = std::make_unique<ResponseReader>(request_.limits.max_bytes);
        stream_->set_callbacks({.data =
                                    [this](ByteView bytes) {
                                        reader_->receive(bytes);
                                        advance();
                                    },
                                .end =
                                    [this] {
                                        reader_->receive_end();
                                        advance();
                                    },
                                .drained = {},
                                .error =
                                    [this](const Error& error) {
                                        finish(FetchResult::bad_response, "broken off: " + error.message);
                                    }});
        stream_->start_reading();
        stream_->write(as_bytes(request_text()));
    }

    /// Nothing in it comes from a client or names the host it visits.
    std::string request_text() const {
        const std::string target = request_.proxy ? url_.text() : url_.path;
        return "GET " + target + " HTTP/1.1\r\nHost: " + url_.host_header() +
               "\r\nUser-Agent: chainmend/" CHAINMEND_VERSION
               "\r\nAccept: application/pkix-cert, application/pkcs7-mime, */*;q=0.5"
               "\r\nAccept-Encoding: identity\r\nConnection: close\r\n" +
               condition() + "\r\n";
    }

    std::string condition() const {
        return request_.if_none_match.empty() ? "" : "If-None-Match: " + request_.if_none_match + "\r\n";
    }

    void note_entity_tag() {
        const std::string* tag = find_header(reader_->headers(), "etag");
        if (tag && tag->size() <= HttpGetOutcome::max_entity_tag && printable_ascii(*tag) == *tag)
            outcome_.entity_tag = *tag;
    }

    void advance() {
        const int status = reader_->status();
        outcome_.fetch.http_status = status;
        outcome_.fetch.bytes = static_cast<std::int64_t>(reader_->body().size());
        if (is_redirect(status)) return redirect();
        if (status == 304 && !request_.if_none_match.empty()) {
            outcome_.entity_tag = request_.if_none_match;
            outcome_.not_modified = true;
            return finish(FetchResult::ok, {});
        }
        // What else a server has to say about a failure nobody wants to read.
        if (status != 0 && status != 200) return finish(FetchResult::http_error, {});
        switch (reader_->state()) {
            case ResponseReader::State::reading:
                return;
            case ResponseReader::State::failed:
                return finish(result_of(reader_->failure()), reader_->detail());
            case ResponseReader::State::complete:
                break;
        }
        if (reader_->body().empty()) return finish(FetchResult::empty, {});
        note_entity_tag();
        outcome_.body = reader_->take_body();
        finish(FetchResult::ok, {});
    }

    void redirect() {
        const std::string* location = find_header(reader_->headers(), "location");
        if (!location) return finish(FetchResult::bad_response, "a redirect without a Location");
        if (static_cast<int>(visited_.size()) > request_.limits.max_redirects) {
            return finish(FetchResult::redirect_loop,
                          "more than " + std::to_string(request_.limits.max_redirects) + " redirects");
        }
        const auto target = resolve_url(url_, *location);
        if (!target) {
            outcome_.fetch.address.clear();  // it was not this one that is refused
            return refuse(target.error().in("redirected to " + printable_ascii(*location, 100)));
        }
        stream_.reset();
        reader_.reset();
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
    std::set<std::string> visited_;
    OperationPtr step_;  // whatever phase_ waits for, but for the exchange
    OperationPtr timeout_;
    std::unique_ptr<TcpStream> stream_;
    std::unique_ptr<ResponseReader> reader_;
    HttpGetOutcome outcome_;
};

}  // namespace

OperationPtr start_http_get(EventLoop& loop, Resolver& resolver, std::shared_ptr<const EgressPolicy> policy,
                            const HttpGetRequest& request, std::function<void(HttpGetOutcome)> completion) {
    return std::make_unique<HttpGet>(loop, resolver, std::move(policy), request, std::move(completion));
}

}  // namespace chainmend::proxy
