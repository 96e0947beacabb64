#include "proxy/tunnel/proxy_handshake.h"

#include "proxy/report/printable.h"

namespace chainmend::proxy {
namespace {

class ProxyHandshake final : public Operation {
  public:
    ProxyHandshake(EventLoop& loop, std::unique_ptr<TcpStream> stream, std::chrono::milliseconds timeout,
                   std::function<void(ProxyHandshakeOutcome)> completion)
        : completion_(std::move(completion)), stream_(std::move(stream)), deadline_(loop, [this] {
              outcome_.timed_out = true;
              fail("the upstream proxy did not answer in time");
          }) {
        deadline_.set(timeout);
    }

    void begin(const UpstreamProxy& proxy, const Authority& target) {
        stream_->set_callbacks({
            .data = [this](ByteView bytes) { received(bytes); },
            .end = [this] { fail("the upstream proxy closed the connection without an answer"); },
            .drained = {},
            .error = [this](const Error& error) { fail("the upstream proxy: " + error.message); },
        });
        stream_->write(as_bytes("CONNECT " + target.text() + " HTTP/1.1\r\nHost: " + target.text() + "\r\n" +
                                proxy.credentials_line() + "\r\n"));
        stream_->start_reading();
    }

  private:
    void received(ByteView bytes) {
        while (!bytes.empty()) {
            bytes = bytes.subspan(parser_->receive(bytes));
            if (parser_->state() == ResponseParser::State::incomplete) return;
            if (parser_->state() == ResponseParser::State::failed)
                return fail("the upstream proxy's answer: " + parser_->detail());
            if (!parser_->head().is_interim()) return answered(bytes);
            parser_ = std::make_unique<ResponseParser>();
        }
    }

    // RFC 9110 section 9.3.6: any 2xx opens the tunnel, and its framing fields mean nothing.
    void answered(ByteView rest) {
        const auto& head = parser_->head();
        if (head.status / 100 != 2) {
            return fail("the upstream proxy answered " + std::to_string(head.status) + " " +
                        printable_ascii(head.reason, 100));
        }
        stream_->stop_reading();
        stream_->set_callbacks({});
        outcome_.received.assign(rest.begin(), rest.end());
        outcome_.stream = std::move(stream_);
        complete();
    }

    void fail(std::string detail) {
        outcome_.detail = std::move(detail);
        complete();
    }

    void complete() {
        deadline_.clear();
        stream_.reset();  // what still happens on one that was no use is nobody's
        const auto completion = std::move(completion_);
        completion(std::move(outcome_));
    }

    std::function<void(ProxyHandshakeOutcome)> completion_;
    std::unique_ptr<TcpStream> stream_;
    std::unique_ptr<ResponseParser> parser_ = std::make_unique<ResponseParser>();
    ProxyHandshakeOutcome outcome_;
    Deadline deadline_;
};

}  // namespace

OperationPtr start_proxy_handshake(EventLoop& loop, std::unique_ptr<TcpStream> stream,
                                   const UpstreamProxy& proxy, const Authority& target,
                                   std::chrono::milliseconds timeout,
                                   std::function<void(ProxyHandshakeOutcome)> completion) {
    auto handshake =
        std::make_unique<ProxyHandshake>(loop, std::move(stream), timeout, std::move(completion));
    handshake->begin(proxy, target);
    return handshake;
}

}  // namespace chainmend::proxy
