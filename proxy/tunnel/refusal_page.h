#pragma once

#include <functional>
#include <memory>

#include "proxy/http/request_parser.h"
#include "proxy/report/refusal.h"
#include "proxy/tunnel/final_answer.h"
#include "proxy/tunnel/tls_stream.h"

namespace chainmend::proxy {

/// A refusal inside a tunnel whose TLS is open: reads one request and answers it, whatever it is, with the
/// refusal. Nothing of what the client sends goes anywhere.
class RefusalPage {
  public:
    /// `stream` outlives this; `buffer` is the loop's. `finished` is the last thing it does, when the
    /// connection may be closed; it may destroy this.
    RefusalPage(EventLoop& loop, TlsStream& stream, Refusal refusal, std::span<std::uint8_t> buffer,
                std::chrono::milliseconds request_timeout, std::function<void()> finished);
    RefusalPage(const RefusalPage&) = delete;
    RefusalPage& operator=(const RefusalPage&) = delete;

  private:
    void received(ByteView bytes);
    void pump();
    void answer();
    void end();

    EventLoop& loop_;
    TlsStream& stream_;
    const Refusal refusal_;
    const std::span<std::uint8_t> buffer_;
    const std::function<void()> finished_;
    RequestParser parser_;
    Deadline deadline_;
    OperationPtr first_round_;
    std::unique_ptr<FinalAnswer> answer_;
};

}  // namespace chainmend::proxy
