#include "proxy/forward/exchange.h"

#include <algorithm>

namespace chainmend::proxy {
namespace {

using Kind = BodyFraming::Kind;
using Ending = RelayEnd::Ending;

// What a client may send before its request's body can be passed on, or behind it: one read.
constexpr std::size_t max_early = 64 * 1024;

// A server that reports progress sends one of these every few seconds; more is a server that never answers.
constexpr int max_interim_heads = 100;

bool says(const std::vector<HttpHeader>& headers, std::string_view field, std::string_view word) {
    const auto members = list_members(headers, field);
    return std::find(members.begin(), members.end(), word) != members.end();
}

// RFC 9110 section 9.2.2
bool is_idempotent(const std::string& method) {
    return method == "GET" || method == "HEAD" || method == "OPTIONS" || method == "PUT" ||
           method == "DELETE" || method == "TRACE";
}

/// Whether nothing of the body is still to come.
bool holds_whole_body(const BodyFraming& framing, ByteView bytes) {
    BodyReader reader(framing);
    while (reader.state() == BodyReader::State::reading && !bytes.empty())
        bytes = bytes.subspan(reader.take(bytes).taken);
    return reader.state() == BodyReader::State::complete;
}

}  // namespace

Exchange::Exchange(WorkerParts& parts, SnapshotPtr snapshot, RelayEnd& client, Request request,
                   std::function<void(ExchangeOutcome)> finished)
    : parts_(parts),
      snapshot_(std::move(snapshot)),
      client_(client),
      request_(std::move(request)),
      finished_(std::move(finished)),
      early_(std::move(request_.begun)),
      clock_(parts.loop, [this] { timed_out(); }) {}

Exchange::~Exchange() = default;

void Exchange::begin() {
    client_.set_callbacks({
        .plaintext = [this](ByteView bytes) { client_sent(bytes); },
        .end = [this] { client_ended(); },
        .drained = [this] { moved(); },
    });
    awaiting_continue_ =
        request_.head.minor_version > 0 && says(request_.head.headers, "expect", "100-continue");
    reused_ = request_.kept != nullptr;
    if (!reused_) return dial();
    origin_ = std::move(request_.kept);
    // Not from here: what is written may end the exchange.
    dial_ = start_timer(parts_.loop, std::chrono::milliseconds{0}, [this] { send_request(); });
}

void Exchange::dial() {
    phase_ = Phase::dialling;
    clock_.clear();  // a dial has its own
    dial_ = start_origin_dial(parts_, snapshot_, request_.target,
                              [this](OriginDialOutcome outcome) { dialled(std::move(outcome)); });
}

void Exchange::dialled(OriginDialOutcome outcome) {
    outcome_.dial = std::move(outcome.outcome);
    outcome_.dialled = true;
    if (outcome_.dial.refusal) {
        outcome_.refusal = outcome_.dial.refusal;
        return finish(ExchangeOutcome::End::refused);
    }
    origin_ = std::move(outcome.connection);
    send_request();
}

void Exchange::send_request() {
    phase_ = Phase::awaiting_answer;
    parser_ = std::make_unique<ResponseParser>();
    auto& server = *origin_->end;
    server.set_callbacks({
        .plaintext = [this](ByteView bytes) { server_sent(bytes); },
        .end = [this] { server_ended(); },
        .drained = [this] { moved(); },
    });
    server.write(as_bytes(request_.forwarded.head));
    up_.emplace(client_, server, request_.forwarded.framing, request_.forwarded.framing.kind,
                parts_.plaintext);
    Bytes early;
    early.swap(early_);
    up_->take(early);
    early_ = up_->take_rest();
    server.resume();
    moved();
}

void Exchange::client_sent(ByteView bytes) {
    restart_clock();
    if (up_ && up_->state() == BodyPipe::State::moving) {
        up_->take(bytes);
        early_ = up_->take_rest();
        return moved();
    }
    // The next request, or a body that has to wait for its server.
    early_.insert(early_.end(), bytes.begin(), bytes.end());
    if (early_.size() >= max_early) client_.pause();
}

// A client that has sent its request may end its sending and still wait for the answer.
void Exchange::client_ended() {
    if (client_.ending() == Ending::orderly && phase_ != Phase::dialling) return moved();
    if (client_.ending() == Ending::orderly && holds_whole_body(request_.forwarded.framing, early_)) return;
    outcome_.detail = "the client left";
    finish(ExchangeOutcome::End::broken);
}

void Exchange::server_sent(ByteView bytes) {
    restart_clock();
    while (!down_ && !bytes.empty()) {
        bytes = bytes.subspan(parser_->receive(bytes));
        if (parser_->state() == ResponseParser::State::failed) return bad_answer(parser_->detail());
        if (parser_->state() == ResponseParser::State::incomplete) {
            if (origin_->end->ending() != Ending::open) server_ended();
            return;
        }
        const auto parsed = std::move(parser_);
        parser_ = std::make_unique<ResponseParser>();
        const auto& head = parsed->head();
        if (!(head.is_interim() ? interim_head_read(head, bytes) : final_head_read(head))) return;
    }
    if (down_) down_->take(bytes);
    moved();
}

bool Exchange::interim_head_read(const ResponseHead& head, ByteView rest) {
    if (head.status == 101) {
        const auto answered = list_members(head.headers, "upgrade");
        const auto& asked = request_.forwarded.upgrades;
        const bool asked_for =
            answered.size() == 1 && std::find(asked.begin(), asked.end(), answered[0]) != asked.end();
        if (!asked_for) {
            bad_answer("the server switched protocols unasked");
        } else {
            upgrade(head, answered[0], rest);
        }
        return false;
    }
    if (++interim_heads_ > max_interim_heads) {
        bad_answer("more than 100 interim answers");
        return false;
    }
    if (head.status == 100) awaiting_continue_ = false;
    // HTTP/1.0 has none of these (RFC 9110 section 15.2).
    if (request_.head.minor_version > 0) client_.write(as_bytes(forward_response(head, {}, false)));
    return true;
}

bool Exchange::final_head_read(const ResponseHead& head) {
    // It is asked for the proxy's own password, which is none of the client's.
    if (head.status == 407 && request_.through_proxy) {
        outcome_.refusal = refusal_for(Trouble::upstream_proxy_refused,
                                       "the upstream proxy wants another name and password (407)",
                                       request_.target.authority.host.text());
        finish(ExchangeOutcome::End::refused);
        return false;
    }
    const auto received = framing_of(head, request_.head.method);
    if (!received) {
        bad_answer(received.error().message);
        return false;
    }
    const auto written = framing_for_client(*received, request_.head.minor_version);
    const bool request_sent = up_->state() == BodyPipe::State::complete;
    keep_client_ = request_.head.minor_version > 0 && !says(request_.head.headers, "connection", "close") &&
                   written.kind != Kind::until_end && request_sent;
    keep_origin_ = request_sent && received->kind != Kind::until_end && head.minor_version > 0 &&
                   !says(head.headers, "connection", "close");
    phase_ = Phase::answering;
    outcome_.status = head.status;
    client_.write(as_bytes(forward_response(head, written, !keep_client_)));
    down_.emplace(*origin_->end, client_, *received, written.kind, parts_.plaintext);
    return true;
}

void Exchange::upgrade(const ResponseHead& head, const std::string& protocol, ByteView rest) {
    phase_ = Phase::upgraded;
    outcome_.status = head.status;
    clock_.clear();
    client_.write(as_bytes(forward_response(head, {}, false, protocol)));
    client_.write(rest);
    origin_->end->write(early_);
    Bytes().swap(early_);
    relay_ = std::make_unique<Relay>(parts_.loop, client_, *origin_->end, parts_.plaintext,
                                     snapshot_->settings.upstream.idle_timeout,
                                     [this](const RelayOutcome&) { finish(ExchangeOutcome::End::close); });
    relay_->begin();
}

void Exchange::server_ended() {
    if (down_) return moved();
    if (may_dial_again()) {
        reused_ = false;
        origin_.reset();
        up_.reset();
        return dial();
    }
    const auto& end = *origin_->end;
    refuse(Trouble::connection_terminated, "the server closed the connection without an answer" +
                                               (end.detail().empty() ? std::string() : ": " + end.detail()));
}

// A server may close a kept connection just when it is used again (RFC 9112 section 9.5): nothing has been
// answered then, and asking twice does no harm.
bool Exchange::may_dial_again() const {
    return reused_ && parser_->is_fresh() && interim_heads_ == 0 && is_idempotent(request_.head.method) &&
           request_.forwarded.framing.kind == Kind::none;
}

// Something may have made room, come, or ended: everything that can go on goes on.
void Exchange::moved() {
    if (phase_ == Phase::dialling) return;
    up_->pump();
    if (auto rest = up_->take_rest(); !rest.empty()) early_ = std::move(rest);
    if (down_) down_->pump();
    if (down_ && down_->state() == BodyPipe::State::complete) {
        const bool all_sent = up_->state() == BodyPipe::State::complete;
        keep_origin_ =
            keep_origin_ && all_sent && down_->take_rest().empty() && origin_->end->ending() == Ending::open;
        return finish(keep_client_ ? ExchangeOutcome::End::next_request : ExchangeOutcome::End::close);
    }
    if (down_ && down_->state() == BodyPipe::State::failed) {
        outcome_.detail = down_->detail();
        return finish(ExchangeOutcome::End::broken);
    }
    if (client_.ending() == Ending::broken) {
        outcome_.detail = "the client left";
        return finish(ExchangeOutcome::End::broken);
    }
    // Of a body that is not whole the server must not think that it is: its connection ends without more.
    if (up_->state() == BodyPipe::State::failed) {
        if (!down_ && client_.ending() == Ending::open) return refuse(Trouble::bad_request, up_->detail());
        outcome_.detail = up_->detail();
        return finish(ExchangeOutcome::End::broken);
    }
    restart_clock();
}

// While the server waits for the request's body and has nothing in its queue, the client is the one who is
// slow: it gets no more time than for its head.
void Exchange::restart_clock() {
    if (phase_ == Phase::dialling || phase_ == Phase::upgraded) return;
    const auto& settings = snapshot_->settings;
    const bool client_is_slow = !down_ && up_->state() == BodyPipe::State::moving && !awaiting_continue_ &&
                                origin_->end->pending() == 0;
    clock_.set(client_is_slow ? settings.listen.request_timeout : settings.upstream.idle_timeout);
}

void Exchange::timed_out() {
    if (!down_ && up_->state() == BodyPipe::State::moving && !awaiting_continue_)
        return refuse(Trouble::request_timeout, "the request's body did not arrive in time");
    if (!down_) return refuse(Trouble::response_timeout, "the server did not answer in time");
    outcome_.detail = "nothing was sent either way";
    finish(ExchangeOutcome::End::broken);
}

void Exchange::bad_answer(std::string detail) {
    refuse(Trouble::bad_response, "the server's answer can not be passed on: " + std::move(detail));
}

void Exchange::refuse(Trouble trouble, std::string cause) {
    outcome_.refusal = refusal_for(trouble, std::move(cause), request_.target.authority.host.text());
    finish(ExchangeOutcome::End::refused);
}

void Exchange::finish(ExchangeOutcome::End end) {
    phase_ = Phase::finished;
    clock_.clear();
    client_.set_callbacks({});
    outcome_.end = end;
    outcome_.rest = std::move(early_);
    const bool said = end == ExchangeOutcome::End::next_request || end == ExchangeOutcome::End::close;
    if (said && keep_origin_) {
        origin_->end->set_callbacks({});
        outcome_.kept = std::move(origin_);
    }
    const auto finished = finished_;
    finished(std::move(outcome_));
}

}  // namespace chainmend::proxy
