#include "proxy/admin/admin_connection.h"

#include "proxy/admin/admin_gate.h"
#include "proxy/admin/admin_page.h"
#include "proxy/admin/decision_page.h"

namespace chainmend::proxy {
namespace {

// From accept to the last byte. Whoever asks is a program on this machine or near it, and the answer has some
// hundred KiB at worst.
constexpr std::chrono::seconds patience{5};

}  // namespace

AdminConnection::AdminConnection(EventLoop& loop, std::unique_ptr<TcpStream> stream,
                                 const std::function<Status()>& status, History* history,
                                 std::function<void()> finished)
    : loop_(loop),
      stream_(std::move(stream)),
      status_(status),
      history_(history),
      finished_(std::move(finished)),
      deadline_(loop, [this] { finish(); }) {
    stream_->set_callbacks({
        .data = [this](ByteView bytes) { received(bytes); },
        .end = [this] { ended(); },
        .drained = [this] { drained(); },
        .error = [this](const Error&) { finish(); },
    });
    deadline_.set(patience);
    stream_->start_reading();
}

void AdminConnection::received(ByteView bytes) {
    // What comes behind the request is read and thrown away, so that the kernel does not reset the answer.
    if (phase_ != Phase::reading) return;
    switch (parser_.receive(bytes)) {
        case RequestParser::State::incomplete:
            return;
        case RequestParser::State::complete:
            return request_read();
        case RequestParser::State::failed:
            return answer(admin_page(parser_.refusal()));
    }
}

void AdminConnection::request_read() {
    const auto& head = parser_.head();
    const auto own = stream_->local_address().address;
    const auto id = asked_decision(head.target);
    if (!id || !asks_for_page(head.method) || !gate_objection(head, own).empty())
        return answer(admin_page(head, own, status_));
    phase_ = Phase::looking_up;
    const auto* accept = head.header("accept");
    page_ = start_decision_page(loop_, history_, *id, accept ? *accept : "",
                                [this](const AdminPage& page) { answer(page); });
}

void AdminConnection::ended() {
    if (phase_ == Phase::looking_up) return;  // a client that has half-closed still reads
    if (stream_->queued() == 0) return finish();
    phase_ = Phase::flushing;
}

void AdminConnection::drained() {
    if (phase_ == Phase::flushing) finish();
}

void AdminConnection::answer(const AdminPage& page) {
    phase_ = Phase::answering;
    stream_->write(as_bytes(admin_response(page, parser_.head().method)));
    stream_->shutdown_write();
}

void AdminConnection::finish() {
    const auto finished = finished_;
    finished();
}

}  // namespace chainmend::proxy
