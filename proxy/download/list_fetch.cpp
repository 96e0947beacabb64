#include "proxy/download/list_fetch.h"

#include "proxy/download/https_get.h"
#include "proxy/fetch/http_get.h"
#include "proxy/io/timer.h"
#include "proxy/report/printable.h"

namespace chainmend::proxy {
namespace {

using certs::FetchResult;

ErrorCode code_of(FetchResult result) {
    switch (result) {
        case FetchResult::blocked:
            return ErrorCode::blocked;
        case FetchResult::timeout:
            return ErrorCode::timed_out;
        case FetchResult::too_large:
            return ErrorCode::limit_exceeded;
        case FetchResult::http_error:
        case FetchResult::empty:
            return ErrorCode::not_found;
        default:
            return ErrorCode::network;
    }
}

Error error_of(const certs::Fetch& fetch) {
    return {code_of(fetch.result), "could not be fetched (" + to_string(fetch) + ")" +
                                       (fetch.detail.empty() ? "" : ": " + fetch.detail)};
}

std::string seconds(std::chrono::milliseconds time) {
    return std::to_string(std::chrono::ceil<std::chrono::seconds>(time).count()) + " s";
}

class ListFetch final : public Operation {
  public:
    ListFetch(WorkerParts& parts, ListFetchRequest request, std::function<void(ListFetchOutcome)> completion)
        : parts_(parts),
          request_(std::move(request)),
          completion_(std::move(completion)),
          silence_(parts.loop,
                   [this] { fail(timed_out("nothing came for " + seconds(request_.silence)), "timeout"); }),
          patience_(start_timer(parts.loop, request_.patience, [this] {
              fail(timed_out("it was not whole after " + seconds(request_.patience)), "timeout");
          })) {}

    void begin() {
        silence_.set(request_.silence);
        ask(request_.url);
    }

  private:
    static Error timed_out(std::string what) { return {ErrorCode::timed_out, std::move(what)}; }
    const config::Settings& settings() const { return request_.snapshot->settings; }
    const EgressPolicy& policy() const { return *request_.snapshot->egress_policy; }
    bool is_named() const { return redirects_ == 0; }

    void ask(const Url& url) {
        url_ = url;
        const auto progressed = [this](std::int64_t bytes) {
            silence_.set(request_.silence);
            if (request_.progressed) request_.progressed(bytes);
        };
        return url_.secure ? ask_over_tls(progressed) : ask_plainly(progressed);
    }

    void ask_plainly(std::function<void(std::int64_t)> progressed) {
        HttpGetRequest request;
        request.url = url_.text();
        request.origin = reach_;
        request.limits = {request_.patience, request_.max_bytes, 0};
        request.proxy = SocketAddress::parse(settings().egress.proxy);
        request.if_none_match = request_.if_none_match;
        request.another_port = is_named() ? url_.port : std::uint16_t{80};
        request.progressed = std::move(progressed);
        step_ = start_http_get(parts_.loop, parts_.resolver, request_.snapshot->egress_policy, request,
                               [this](HttpGetOutcome outcome) {
                                   const auto server = SocketAddress::parse(outcome.fetch.address);
                                   if (!outcome.location.empty()) return redirected(outcome.location, server);
                                   answered(std::move(outcome));
                               });
    }

    void ask_over_tls(std::function<void(std::int64_t)> progressed) {
        HttpsGetRequest request;
        request.url = url_;
        request.snapshot = request_.snapshot;
        request.max_bytes = request_.max_bytes;
        request.if_none_match = request_.if_none_match;
        const std::uint16_t port = is_named() ? url_.port : std::uint16_t{443};
        request.objection = [this, port](const SocketAddress& target) {
            return policy().refusal(target, reach_, port);
        };
        request.progressed = std::move(progressed);
        step_ = start_https_get(parts_, std::move(request), [this](HttpsGetOutcome outcome) {
            if (outcome.refusal) {
                const auto& refusal = *outcome.refusal;
                const bool refused = outcome.judged || refusal.code == to_string(Trouble::destination_denied);
                return fail(
                    {refused ? ErrorCode::blocked : ErrorCode::network, refusal.code + ": " + refusal.cause},
                    refusal.code);
            }
            if (!outcome.location.empty()) return redirected(outcome.location, outcome.server);
            answered(std::move(outcome));
        });
    }

    void redirected(const std::string& location, const std::optional<SocketAddress>& server) {
        const std::string where = "it redirects to " + printable_ascii(location, 200);
        if (redirects_ >= request_.max_redirects) {
            const std::string why =
                request_.max_redirects == 0 ? ", which is not followed" : ", which is one redirect too many";
            return fail({ErrorCode::network, where + why}, "redirect_loop");
        }
        auto target = resolve_url(url_, location, Schemes::http_and_https);
        if (!target) return fail(target.error().in(where), "bad_response");
        if (url_.secure && !target->secure)
            return fail({ErrorCode::blocked, where + ", from https back to http"}, "blocked");
        // Behind an egress proxy no address is known: then only public ones count as named.
        if (is_named())
            reach_ = server ? EgressPolicy::origin_reach(server->address) : Reach::public_internet;
        ++redirects_;
        silence_.set(request_.silence);
        ask(*target);
    }

    /// Of either scheme.
    template <class Outcome>
    void answered(Outcome outcome) {
        if (outcome.fetch.result != FetchResult::ok)
            return fail(error_of(outcome.fetch), certs::to_string(outcome.fetch));
        outcome_.body = std::move(outcome.body);
        outcome_.entity_tag = std::move(outcome.entity_tag);
        outcome_.not_modified = outcome.not_modified;
        complete();
    }

    void fail(Error error, std::string result) {
        outcome_.error = std::move(error);
        outcome_.result = std::move(result);
        complete();
    }

    void complete() {
        step_.reset();
        patience_.reset();
        silence_.clear();
        const auto completion = std::move(completion_);
        completion(std::move(outcome_));
    }

    WorkerParts& parts_;
    const ListFetchRequest request_;
    std::function<void(ListFetchOutcome)> completion_;
    ListFetchOutcome outcome_;
    Url url_;
    Reach reach_ = Reach::loopback;  // of whoever pointed here: first a person
    std::int64_t redirects_ = 0;
    Deadline silence_;
    OperationPtr patience_;
    OperationPtr step_;
};

}  // namespace

OperationPtr start_list_fetch(WorkerParts& parts, ListFetchRequest request,
                              std::function<void(ListFetchOutcome)> completion) {
    auto fetch = std::make_unique<ListFetch>(parts, std::move(request), std::move(completion));
    fetch->begin();
    return fetch;
}

}  // namespace chainmend::proxy
