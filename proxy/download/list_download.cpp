#include "proxy/download/list_download.h"

#include <optional>

#include "proxy/command_worker.h"
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

class ListDownload {
  public:
    ListDownload(CommandWorker& worker, const ListDownloadOptions& options)
        : worker_(worker), options_(options), loop_(worker.parts().loop), silence_(loop_, [this] {
              finish(Error{ErrorCode::timed_out, "nothing came for " + seconds(options_.silence)});
          }) {}

    Result<Bytes> run(const Url& url) {
        silence_.set(options_.silence);
        patience_ = start_timer(loop_, options_.patience, [this] {
            finish(Error{ErrorCode::timed_out, "it was not whole after " + seconds(options_.patience)});
        });
        ask(url);
        loop_.run();
        return std::move(*result_);
    }

  private:
    static std::string seconds(std::chrono::milliseconds time) {
        return std::to_string(std::chrono::ceil<std::chrono::seconds>(time).count()) + " s";
    }

    const config::Settings& settings() const { return worker_.snapshot()->settings; }
    const EgressPolicy& policy() const { return *worker_.snapshot()->egress_policy; }
    bool is_named() const { return redirects_ == 0; }

    void ask(const Url& url) {
        url_ = url;
        const auto progressed = [this](std::int64_t bytes) {
            silence_.set(options_.silence);
            if (options_.progressed) options_.progressed(bytes);
        };
        return url_.secure ? ask_over_tls(progressed) : ask_plainly(progressed);
    }

    void ask_plainly(std::function<void(std::int64_t)> progressed) {
        HttpGetRequest request;
        request.url = url_.text();
        request.origin = reach_;
        request.limits = {options_.patience, options_.max_bytes, 0};
        request.proxy = SocketAddress::parse(settings().egress.proxy);
        request.another_port = is_named() ? url_.port : std::uint16_t{80};
        request.progressed = std::move(progressed);
        step_ = start_http_get(loop_, worker_.parts().resolver, worker_.snapshot()->egress_policy, request,
                               [this](HttpGetOutcome outcome) {
                                   const auto server = SocketAddress::parse(outcome.fetch.address);
                                   if (!outcome.location.empty()) return redirected(outcome.location, server);
                                   answered(outcome.fetch, std::move(outcome.body));
                               });
    }

    void ask_over_tls(std::function<void(std::int64_t)> progressed) {
        HttpsGetRequest request;
        request.url = url_;
        request.snapshot = worker_.snapshot();
        request.max_bytes = options_.max_bytes;
        const std::uint16_t port = is_named() ? url_.port : std::uint16_t{443};
        request.objection = [this, port](const SocketAddress& target) {
            return policy().refusal(target, reach_, port);
        };
        request.progressed = std::move(progressed);
        step_ = start_https_get(worker_.parts(), std::move(request), [this](HttpsGetOutcome outcome) {
            if (outcome.refusal) {
                const bool refused =
                    outcome.judged || outcome.refusal->code == to_string(Trouble::destination_denied);
                return finish(Error{refused ? ErrorCode::blocked : ErrorCode::network,
                                    outcome.refusal->code + ": " + outcome.refusal->cause});
            }
            if (!outcome.location.empty()) return redirected(outcome.location, outcome.server);
            answered(outcome.fetch, std::move(outcome.body));
        });
    }

    void redirected(const std::string& location, const std::optional<SocketAddress>& server) {
        const std::string where = "it redirects to " + printable_ascii(location, 200);
        if (redirects_ >= settings().repair.max_redirects)
            return finish(Error{ErrorCode::network, where + ", which is one redirect too many"});
        auto target = resolve_url(url_, location, Schemes::http_and_https);
        if (!target) return finish(target.error().in(where));
        if (url_.secure && !target->secure)
            return finish(Error{ErrorCode::blocked, where + ", from https back to http"});
        // Behind an egress proxy no address is known: then only public ones count as named.
        if (is_named()) {
            reach_ = server ? EgressPolicy::origin_reach(server->address) : Reach::public_internet;
        }
        ++redirects_;
        silence_.set(options_.silence);
        ask(*target);
    }

    void answered(const certs::Fetch& fetch, Bytes body) {
        if (fetch.result != FetchResult::ok) return finish(error_of(fetch));
        finish(std::move(body));
    }

    // An issuer that was fetched on the way is kept before the program goes on.
    void finish(Result<Bytes> result) {
        result_ = std::move(result);
        step_.reset();
        patience_.reset();
        silence_.clear();
        worker_.parts().saver.when_written([this] { loop_.stop(); });
    }

    CommandWorker& worker_;
    const ListDownloadOptions& options_;
    EventLoop& loop_;
    Url url_;
    Reach reach_ = Reach::loopback;  // of whoever pointed here: first a person
    std::int64_t redirects_ = 0;
    std::optional<Result<Bytes>> result_;
    Deadline silence_;
    OperationPtr patience_;
    OperationPtr step_;
};

}  // namespace

Result<Bytes> download_list(SnapshotPtr snapshot, const std::string& text,
                            const ListDownloadOptions& options) {
    const auto url = parse_url(text, Schemes::http_and_https);
    if (!url) return Error{ErrorCode::invalid_argument, url.error().message};
    auto worker = CommandWorker::make(std::move(snapshot), options.now);
    if (!worker) return worker.error();
    auto body = ListDownload(**worker, options).run(*url);
    if (!body) return body.error().in(printable_ascii(text, 200));
    return body;
}

}  // namespace chainmend::proxy
