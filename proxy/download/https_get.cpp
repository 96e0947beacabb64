#include "proxy/download/https_get.h"

#include "proxy/fetch/get_exchange.h"
#include "proxy/io/timer.h"
#include "proxy/report/printable.h"

namespace chainmend::proxy {
namespace {

class HttpsGet final : public Operation {
  public:
    HttpsGet(WorkerParts& parts, HttpsGetRequest request, std::function<void(HttpsGetOutcome)> completion)
        : parts_(parts),
          request_(std::move(request)),
          completion_(std::move(completion)),
          exchange_(GetExchange::Question{.url = request_.url,
                                          .max_bytes = request_.max_bytes,
                                          .if_none_match = request_.if_none_match}) {}

    void begin() {
        auto host = certs::ReferenceIdentity::from_host(request_.url.host);
        if (!host) {
            later_ = start_timer(parts_.loop, std::chrono::milliseconds{0}, [this, error = host.error()] {
                outcome_.refusal = refusal_for(Trouble::bad_request, error.message, request_.url.host);
                complete();
            });
            return;
        }
        DialRequest dial{.authority = {*host, request_.url.port},
                         .identity = *host,
                         .protocols = {"http/1.1"},
                         .snapshot = request_.snapshot,
                         .objection = request_.objection};
        dial_ = start_upstream_dial(parts_, std::move(dial),
                                    [this](DialOutcome outcome) { dialled(std::move(outcome)); });
    }

  private:
    void dialled(DialOutcome outcome) {
        outcome_.server = outcome.server;
        if (outcome.refusal) {
            outcome_.judged = outcome.verdict && !outcome.verdict->accepted();
            outcome_.refusal = std::move(outcome.refusal);
            return complete();
        }
        server_ = std::move(outcome.upstream);
        server_->set_callbacks({
            .plaintext = [this](ByteView plaintext) { received(plaintext); },
            .end = [this] { pump(); },
            .drained = {},
        });
        server_->write(as_bytes(exchange_.request()));
        server_->resume();
        // What came with the end of the handshake is with the session already.
        later_ = start_timer(parts_.loop, std::chrono::milliseconds{0}, [this] { pump(); });
    }

    void received(ByteView plaintext) {
        exchange_.receive(plaintext);
        pump();
    }

    void pump() {
        while (exchange_.state() == GetExchange::State::reading) {
            const auto size = server_->read(parts_.plaintext);
            if (size == 0) break;
            exchange_.receive(parts_.plaintext.first(size));
        }
        switch (server_->ending()) {
            case RelayEnd::Ending::open:
                break;
            case RelayEnd::Ending::orderly:
                exchange_.receive_end();
                break;
            case RelayEnd::Ending::truncated:
            case RelayEnd::Ending::broken:
                exchange_.receive_end(server_->detail());
                break;
        }
        advance();
    }

    void advance() {
        auto& fetch = outcome_.fetch;
        fetch.http_status = exchange_.http_status();
        fetch.bytes = exchange_.bytes();
        switch (exchange_.state()) {
            case GetExchange::State::reading:
                if (request_.progressed) request_.progressed(fetch.bytes);
                return;
            case GetExchange::State::redirected:
                outcome_.location = exchange_.location();
                fetch.result = certs::FetchResult::redirect_loop;
                return complete();
            case GetExchange::State::done:
                fetch.result = exchange_.result();
                fetch.detail = printable_ascii(exchange_.detail(), 300);
                outcome_.entity_tag = exchange_.entity_tag();
                outcome_.not_modified = exchange_.not_modified();
                if (fetch.result == certs::FetchResult::ok) outcome_.body = exchange_.take_body();
                return complete();
        }
    }

    void complete() {
        later_.reset();
        if (server_) server_->finish(RelayEnd::Ending::orderly);
        server_.reset();
        const auto completion = std::move(completion_);
        completion(std::move(outcome_));
    }

    WorkerParts& parts_;
    const HttpsGetRequest request_;
    std::function<void(HttpsGetOutcome)> completion_;
    GetExchange exchange_;
    HttpsGetOutcome outcome_;
    std::unique_ptr<TlsStream> server_;
    OperationPtr dial_;
    OperationPtr later_;
};

}  // namespace

OperationPtr start_https_get(WorkerParts& parts, HttpsGetRequest request,
                             std::function<void(HttpsGetOutcome)> completion) {
    auto get = std::make_unique<HttpsGet>(parts, std::move(request), std::move(completion));
    get->begin();
    return get;
}

}  // namespace chainmend::proxy
