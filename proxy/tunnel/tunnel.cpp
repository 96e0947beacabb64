#include "proxy/tunnel/tunnel.h"

#include <algorithm>

#include "proxy/tunnel/decisions.h"

namespace chainmend::proxy {
namespace {

using State = tls::Session::State;

// What a client may send behind its CONNECT before it is answered: a ClientHello with post-quantum key shares
// takes under 2 KiB, the largest that TLS allows 64 KiB.
constexpr std::size_t max_early = 64 * 1024;

// TLS alerts (RFC 8446 section 6)
constexpr int alert_bad_certificate = 42;
constexpr int alert_certificate_unknown = 46;
constexpr int alert_unknown_ca = 48;
constexpr int alert_access_denied = 49;
constexpr int alert_internal_error = 80;
constexpr int alert_unrecognized_name = 112;

// Whether a client that sent this ClientHello can speak what the server agreed to.
bool satisfies(const std::vector<std::string>& wanted, const std::string& agreed) {
    const std::string protocol = agreed.empty() ? "http/1.1" : agreed;
    if (wanted.empty()) return protocol == "http/1.1";
    return std::find(wanted.begin(), wanted.end(), protocol) != wanted.end();
}

}  // namespace

Tunnel::Tunnel(WorkerParts& parts, SnapshotPtr snapshot, TunnelFacts facts,
               std::unique_ptr<PlainStream> client, Request request, std::function<void()> finished)
    : parts_(parts),
      snapshot_(std::move(snapshot)),
      finished_(std::move(finished)),
      facts_(std::move(facts)),
      deadline_(parts.loop, [this] { timed_out(); }),
      client_(std::move(client)),
      accept_(std::move(request.accept)),
      early_(std::move(request.early)),
      authority_(std::move(request.target)) {
    facts_.host = authority_.host.text();
    facts_.port = authority_.port;
}

Tunnel::~Tunnel() = default;

void Tunnel::begin() {
    client_->set_callbacks({
        .plaintext = [this](ByteView bytes) { client_sent(bytes); },
        .end =
            [this] {
                finish({"client_gone", "the client left before it was answered", 0, 0});
            },
        .drained = {},
    });
    client_->resume();
    dial(authority_.host, parts_.shared.protocols.expect(facts_.client.address.text(), facts_.host));
}

void Tunnel::client_sent(ByteView bytes) {
    early_.insert(early_.end(), bytes.begin(), bytes.end());
    if (early_.size() >= max_early) client_->pause();
}

void Tunnel::timed_out() {
    switch (phase_) {
        case Phase::reading_hello:
        case Phase::client_handshake:
            return finish({"client_timeout", "the client did not end its TLS handshake in time", 0, 0});
        case Phase::dialling:
        case Phase::redialling:
        case Phase::relaying:
        case Phase::refusing:
        case Phase::finished:
            return;  // these have deadlines of their own, or none
    }
}

void Tunnel::dial(certs::ReferenceIdentity identity, std::vector<std::string> protocols) {
    identity_ = identity;
    offered_ = protocols;
    dial_ = start_upstream_dial(parts_, {authority_, std::move(identity), std::move(protocols), snapshot_},
                                [this](DialOutcome outcome) {
                                    return phase_ == Phase::redialling ? redialled(std::move(outcome))
                                                                       : dialled(std::move(outcome));
                                });
}

void Tunnel::dialled(DialOutcome outcome) {
    facts_.server = outcome.server;
    if (outcome.refusal) return refuse(*outcome.refusal, outcome);
    record_decision(parts_, facts_, outcome, nullptr, 200);
    verdict_ = outcome.verdict;
    upstream_ = std::move(outcome.upstream);
    establish();
}

void Tunnel::establish() {
    auto session = tls::ClientSession::make(*snapshot_->client_context, authority_.host.text());
    if (!session) return refuse(refusal_for(Trouble::internal_error, session.error().message, facts_.host));
    client_->write(as_bytes("HTTP/1.1 200 Connection established\r\n\r\n"));
    phase_ = Phase::reading_hello;
    deadline_.set(snapshot_->settings.listen.request_timeout);
    downstream_ =
        std::make_unique<TlsStream>(client_->release(), std::move(session).value(), parts_.plaintext);
    client_.reset();
    Bytes early;
    early.swap(early_);
    downstream_->begin(early, [this] { client_moved(); });
    client_moved();
}

void Tunnel::client_moved() {
    switch (downstream_->session().state()) {
        case State::handshaking:
            return;
        case State::suspended:
            return hello_read();
        case State::open:
        case State::peer_closed:
            return begin_relay();
        case State::failed:
            return client_handshake_failed();
    }
}

// The client has said what it wants. If that is not what the server was asked for, the server is asked again
// with exactly the client's wishes, and verified for the name that the client is going to check.
void Tunnel::hello_read() {
    const auto& hello = client_session().client_hello();
    parts_.shared.protocols.note(facts_.client.address.text(), facts_.host, hello.protocols);
    auto identity = *identity_;
    if (!hello.server_name.empty()) {
        auto named = certs::ReferenceIdentity::from_host(hello.server_name);
        if (!named) {
            return refuse_client("bad_server_name",
                                 "the client's SNI is no host name: " + named.error().message,
                                 alert_unrecognized_name);
        }
        identity = std::move(named).value();
    }
    const bool satisfied = satisfies(hello.protocols, upstream_->session().negotiated().protocol);
    if (identity == *identity_ && (satisfied || offered_ == hello.protocols)) return present();
    upstream_->finish(RelayEnd::Ending::orderly);
    upstream_.reset();
    phase_ = Phase::redialling;
    deadline_.clear();
    dial(std::move(identity), hello.protocols);
}

void Tunnel::redialled(DialOutcome outcome) {
    facts_.server = outcome.server;
    if (outcome.refusal) {
        record_decision(parts_, facts_, outcome, &*outcome.refusal, 0);
        return refuse_client("refused", outcome.refusal->cause, alert_access_denied);
    }
    // Another protocol with the same certificates under the same name is no new decision.
    if (outcome.verdict != verdict_) record_decision(parts_, facts_, outcome, nullptr, 200);
    verdict_ = outcome.verdict;
    upstream_ = std::move(outcome.upstream);
    present();
}

void Tunnel::present() {
    const auto key_type =
        client_session().client_hello().accepts_ecdsa ? certs::KeyType::ecdsa_p256 : certs::KeyType::rsa2048;
    const auto now = parts_.shared.now();
    const auto not_after = verdict_->expires ? verdict_->expires->at : now;
    auto minted = snapshot_->mint->certificate_for(*identity_, key_type, not_after, now);
    if (!minted) {
        parts_.shared.log->note(Level::error,
                                "no certificate for " + identity_->text() + ": " + minted.error().message);
        return refuse_client("internal_error", minted.error().message, alert_internal_error);
    }
    client_session().present(**minted, upstream_->session().negotiated().protocol);
    phase_ = Phase::client_handshake;
    deadline_.set(snapshot_->settings.listen.request_timeout);
    downstream_->go_on();
    client_moved();
}

void Tunnel::begin_relay() {
    phase_ = Phase::relaying;
    deadline_.clear();
    relay_ = std::make_unique<Relay>(parts_.loop, *downstream_, *upstream_, parts_.plaintext,
                                     snapshot_->settings.upstream.idle_timeout,
                                     [this](RelayOutcome outcome) { finish(outcome); });
    relay_->begin();
}

void Tunnel::client_handshake_failed() {
    const auto& session = downstream_->session();
    const auto alert = session.peer_alert();
    if (alert == alert_unknown_ca || alert == alert_bad_certificate || alert == alert_certificate_unknown) {
        return finish(
            {"client_distrusts_ca", "the client does not trust chainmend's CA; " + session.error(), 0, 0});
    }
    switch (session.failure()) {
        case tls::FailureKind::alert:
            return finish({"client_alert", session.error(), 0, 0});
        case tls::FailureKind::not_tls:
            return finish({"client_not_tls", session.error(), 0, 0});
        case tls::FailureKind::closed:
            return finish({"client_left_handshake", session.error(), 0, 0});
        default:
            return finish({"client_handshake_failed", session.error(), 0, 0});
    }
}

// After the 200 there is no HTTP answer any more: the client gets an alert, the record gets the cause.
void Tunnel::refuse_client(std::string end, std::string detail, int alert) {
    client_session().refuse(alert);
    downstream_->go_on();
    downstream_->finish(RelayEnd::Ending::truncated);
    finish({std::move(end), std::move(detail), 0, 0});
}

void Tunnel::refuse(Refusal refusal, const DialOutcome& outcome) {
    record_decision(parts_, facts_, outcome, &refusal, refusal.status);
    phase_ = Phase::refusing;
    Bytes().swap(early_);
    answer_ = std::make_unique<FinalAnswer>(parts_.loop, *client_, response(refusal, accept_),
                                            parts_.plaintext, [this] { finish({}); });
}

void Tunnel::record_end(const RelayOutcome& outcome) {
    if (phase_ == Phase::refusing) return;  // there was no tunnel
    if (facts_.id.empty()) facts_.id = parts_.shared.ids.next();
    auto record =
        facts_.ended(outcome, downstream_ ? downstream_->session().negotiated() : tls::Negotiated{});
    parts_.counters.tunnel(record);
    if (parts_.shared.history) parts_.shared.history->tunnel(record);
    parts_.shared.log->tunnel(std::move(record));
}

void Tunnel::cut_short() {
    auto outcome = relay_ ? relay_->so_far() : RelayOutcome{};
    outcome.end = "proxy_stopped";
    record_end(outcome);
    phase_ = Phase::finished;
}

void Tunnel::finish(const RelayOutcome& outcome) {
    record_end(outcome);
    phase_ = Phase::finished;
    const auto finished = finished_;
    finished();
}

}  // namespace chainmend::proxy
