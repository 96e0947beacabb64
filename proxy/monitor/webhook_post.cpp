#include "proxy/monitor/webhook_post.h"

#include "proxy/http/response_reader.h"
#include "proxy/io/timer.h"
#include "proxy/tunnel/plain_stream.h"
#include "proxy/tunnel/upstream_dial.h"

namespace chainmend::proxy {
namespace {

// Nobody reads what a webhook answers but for its status.
constexpr std::size_t max_answer = 64 * 1024;

class WebhookPost final : public Operation {
  public:
    WebhookPost(WorkerParts& parts, WebhookRequest request, std::function<void(std::string)> completion)
        : parts_(parts),
          request_(std::move(request)),
          completion_(std::move(completion)),
          answer_(max_answer) {}

    void begin() {
        deadline_ =
            start_timer(parts_.loop, request_.timeout, [this] { complete("it did not answer in time"); });
        auto host = certs::ReferenceIdentity::from_host(request_.url.host);
        if (!host) {
            step_ = start_timer(parts_.loop, std::chrono::milliseconds{0},
                                [this, error = host.error()] { complete(error.message); });
            return;
        }
        const Authority server{*host, request_.url.port};
        const auto snapshot = parts_.shared.snapshot.load();
        if (request_.url.secure) {
            DialRequest dial{
                .authority = server, .identity = *host, .protocols = {"http/1.1"}, .snapshot = snapshot};
            step_ = start_upstream_dial(parts_, std::move(dial), [this](DialOutcome outcome) {
                connected(std::move(outcome.upstream), outcome.refusal);
            });
            return;
        }
        step_ = start_server_connection(parts_, {server, snapshot}, [this](ServerConnection connection) {
            std::unique_ptr<RelayEnd> end;
            if (connection.stream)
                end = std::make_unique<PlainStream>(std::move(connection.stream),
                                                    std::move(connection.received));
            connected(std::move(end), connection.refusal);
        });
    }

  private:
    void connected(std::unique_ptr<RelayEnd> end, const std::optional<Refusal>& refusal) {
        if (!end) return complete(refusal->code + ": " + refusal->cause);
        end_ = std::move(end);
        end_->set_callbacks({
            .plaintext = [this](ByteView plaintext) { received(plaintext); },
            .end = [this] { pump(); },
            .drained = {},
        });
        end_->write(as_bytes(head() + request_.body));
        end_->resume();
        // What came with the end of the handshake is with the session already.
        step_ = start_timer(parts_.loop, std::chrono::milliseconds{0}, [this] { pump(); });
    }

    std::string head() const {
        return "POST " + request_.url.path + " HTTP/1.1\r\nHost: " + request_.url.host_header() +
               "\r\nUser-Agent: chainmend/" CHAINMEND_VERSION
               "\r\nContent-Type: application/json\r\nAccept-Encoding: identity\r\nConnection: close\r\n" +
               (request_.token.empty() ? "" : "Authorization: Bearer " + request_.token + "\r\n") +
               "Content-Length: " + std::to_string(request_.body.size()) + "\r\n\r\n";
    }

    void received(ByteView plaintext) {
        answer_.receive(plaintext);
        pump();
    }

    void pump() {
        while (answer_.state() == ResponseReader::State::reading) {
            const auto size = end_->read(parts_.plaintext);
            if (size == 0) break;
            answer_.receive(parts_.plaintext.first(size));
        }
        // The status says it all; whether its body is whole does not matter.
        if (const int status = answer_.status(); status != 0)
            return complete(status >= 200 && status < 300 ? "" : "it answered " + std::to_string(status));
        if (answer_.state() == ResponseReader::State::failed) return complete(answer_.detail());
        if (end_->ending() != RelayEnd::Ending::open) return complete("it closed without an answer");
    }

    void complete(std::string trouble) {
        step_.reset();
        deadline_.reset();
        if (end_) end_->finish(RelayEnd::Ending::orderly);
        end_.reset();
        const auto completion = std::move(completion_);
        completion(std::move(trouble));
    }

    WorkerParts& parts_;
    const WebhookRequest request_;
    std::function<void(std::string)> completion_;
    ResponseReader answer_;
    std::unique_ptr<RelayEnd> end_;
    OperationPtr step_;
    OperationPtr deadline_;
};

}  // namespace

OperationPtr start_webhook_post(WorkerParts& parts, WebhookRequest request,
                                std::function<void(std::string)> completion) {
    auto post = std::make_unique<WebhookPost>(parts, std::move(request), std::move(completion));
    post->begin();
    return post;
}

}  // namespace chainmend::proxy
