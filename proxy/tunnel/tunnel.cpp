#include "proxy/tunnel/tunnel.h"

#include <algorithm>
#include <utility>

#include "certs/mimic.h"
#include "proxy/http/request_method.h"
#include "proxy/io/work_item.h"
#include "proxy/report/printable.h"
#include "proxy/tunnel/decisions.h"
#include "proxy/tunnel/failure_style.h"

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
constexpr int alert_no_application_protocol = 120;

// A TLS record that begins a handshake (RFC 8446 section 5.1).
constexpr std::uint8_t handshake_record = 22;

// What a page is shown under: long enough for a clock that is a little off.
constexpr std::chrono::hours page_validity{24};

// Whether a client that sent this ClientHello can speak what the server agreed to.
bool satisfies(const std::vector<std::string>& wanted, const std::string& agreed) {
    const std::string protocol = agreed.empty() ? "http/1.1" : agreed;
    if (wanted.empty()) return protocol == "http/1.1";
    return std::find(wanted.begin(), wanted.end(), protocol) != wanted.end();
}

// Each handshake may add warnings of its own to the one verdict.
bool is_same_judgement(const std::shared_ptr<const certs::Verdict>& one,
                       const std::shared_ptr<const certs::Verdict>& other) {
    return one == other || (one && other && one->evidence && one->evidence == other->evidence);
}

}  // namespace

Tunnel::Tunnel(WorkerParts& parts, SnapshotPtr snapshot, TunnelFacts facts,
               std::unique_ptr<PlainStream> client, Request request, std::function<void()> finished)
    : parts_(parts),
      snapshot_(std::move(snapshot)),
      finished_(std::move(finished)),
      facts_(std::move(facts)),
      deadline_(parts.loop, [this] { timed_out(); }),
      style_(failure_style_for(*snapshot_, request.target.host.text(), facts_.user_agent)),
      client_(std::move(client)),
      accept_(std::move(request.accept)),
      early_(std::move(request.early)),
      authority_(std::move(request.target)) {
    facts_.host = authority_.host.text();
    facts_.port = authority_.port;
    identity_ = authority_.host;
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
    if (policy_for(facts_.host).action == config::HostAction::pass ||
        style_ != config::FailureStyle::connect || begins_without_tls())
        return connect();
    phase_ = Phase::dialling;
    dial(authority_.host, parts_.shared.protocols.expect(facts_.client.address.text(), authority_.text()));
}

void Tunnel::client_sent(ByteView bytes) {
    const bool is_first = early_.empty();
    early_.insert(early_.end(), bytes.begin(), bytes.end());
    if (early_.size() >= max_early) client_->pause();
    // Its server need not be asked for TLS any more.
    if (is_first && phase_ == Phase::dialling && begins_without_tls()) connect();
}

bool Tunnel::begins_without_tls() const {
    return relays_what_is_not_tls() && !early_.empty() && early_.front() != handshake_record;
}

void Tunnel::timed_out() {
    switch (phase_) {
        case Phase::awaiting_client:
        case Phase::reading_hello:
        case Phase::client_handshake:
            return finish({"client_timeout", "the client did not end its TLS handshake in time", 0, 0});
        case Phase::refusal_handshake:
            return finish({"refused", shown_->cause, 0, 0});
        case Phase::connecting:
        case Phase::dialling:
        case Phase::redialling:
        case Phase::relaying:
        case Phase::showing_refusal:
        case Phase::refusing:
        case Phase::finished:
            return;  // these have deadlines of their own, or none
    }
}

void Tunnel::dial(certs::ReferenceIdentity identity, std::vector<std::string> protocols) {
    identity_ = identity;
    offered_ = protocols;
    dial_ = start_upstream_dial(
        parts_,
        {authority_, std::move(identity), std::move(protocols), snapshot_, std::exchange(connection_, {})},
        [this](DialOutcome outcome) {
            return phase_ == Phase::redialling ? redialled(std::move(outcome)) : dialled(std::move(outcome));
        });
}

void Tunnel::dialled(DialOutcome outcome) {
    facts_.server = outcome.server;
    if (outcome.refusal) {
        // A ClientHello is nothing to servers of other protocols: some close, some wait for more, some send
        // it back. If the client wants TLS all the same, the server is asked for it again.
        if (outcome.may_lack_tls && relays_what_is_not_tls()) return connect();
        // The server was offered what clients usually want: this one is heard first.
        if (outcome.no_common_protocol) return connect();
        return refuse(*outcome.refusal, outcome);
    }
    record_decision(parts_, facts_, outcome, nullptr, 200);
    verdict_ = outcome.verdict;
    upstream_ = std::move(outcome.upstream);
    establish();
}

void Tunnel::connect() {
    phase_ = Phase::connecting;
    dial_ = start_server_connection(parts_, {authority_, snapshot_}, [this](ServerConnection connection) {
        connected(std::move(connection));
    });
}

void Tunnel::connected(ServerConnection connection) {
    facts_.server = connection.address;
    DialOutcome outcome;
    outcome.server = connection.address;
    if (connection.refusal && phase_ == Phase::redialling) {
        record_decision(parts_, facts_, outcome, &*connection.refusal, 0);
        return finish({"refused", connection.refusal->cause, 0, 0});
    }
    if (connection.refusal) return refuse(*connection.refusal, outcome);
    connection_ = std::move(connection);
    // Already with the 200 behind it: the client has begun with something else than TLS.
    if (phase_ == Phase::redialling) return relay_what_is_not_tls({});
    if (policy_for(facts_.host).action == config::HostAction::pass) return pass_through();
    establish();
}

void Tunnel::establish() {
    auto session = tls::ClientSession::make(*snapshot_->client_context, authority_.host.text());
    if (!session) return refuse(refusal_for(Trouble::internal_error, session.error().message, facts_.host));
    session_ = std::move(session).value();
    client_->write(as_bytes("HTTP/1.1 200 Connection established\r\n\r\n"));
    phase_ = Phase::awaiting_client;
    deadline_.set(snapshot_->settings.listen.request_timeout);
    client_->set_callbacks({
        .plaintext =
            [this](ByteView bytes) {
                early_.assign(bytes.begin(), bytes.end());
                first_bytes_read();
            },
        .end =
            [this] {
                finish({"client_left_handshake", "the client left without a TLS handshake", 0, 0});
            },
        .drained = {},
    });
    if (!early_.empty()) return first_bytes_read();
    client_->resume();
    if (!connection_.stream) return;
    // Servers of TLS wait for their client: one that does not speaks something else.
    connection_.stream->set_callbacks({
        .data =
            [this](ByteView bytes) {
                relays_what_is_not_tls() ? relay_what_is_not_tls({bytes.begin(), bytes.end()}) : not_tls();
            },
        .end =
            [this] {
                finish({"truncated_by_server", "the server closed before anything was said", 0, 0});
            },
        .drained = {},
        .error =
            [this](const Error& error) {
                finish({"broken_by_server", error.message, 0, 0});
            },
    });
    if (!connection_.received.empty()) return not_tls();
    connection_.stream->start_reading();
}

void Tunnel::first_bytes_read() {
    if (connection_.stream) {
        connection_.stream->stop_reading();
        connection_.stream->set_callbacks({});
    }
    early_.front() == handshake_record ? begin_client_tls() : not_tls();
}

bool Tunnel::relays_what_is_not_tls() const {
    return snapshot_->settings.intercept.not_tls == "relay";
}

void Tunnel::not_tls() {
    if (!relays_what_is_not_tls()) {
        const auto who = early_.empty() ? "server began unasked" : "client began";
        const auto shown =
            early_.empty() ? std::string() : ": \"" + printable_ascii(as_text(early_), 60) + "\"";
        RelayOutcome outcome{early_.empty() ? "server_not_tls" : "client_not_tls",
                             std::string("not TLS: the ") + who + shown, 0, 0};
        return request_method(as_text(early_)).empty() ? finish(outcome) : answer_plainly(std::move(outcome));
    }
    if (connection_.stream) return relay_what_is_not_tls({});
    // The server spoke TLS for us; it is asked again without.
    upstream_->finish(RelayEnd::Ending::orderly);
    upstream_.reset();
    phase_ = Phase::redialling;
    deadline_.clear();
    client_->pause();
    dial_ = start_server_connection(parts_, {authority_, snapshot_}, [this](ServerConnection connection) {
        connected(std::move(connection));
    });
}

// A browser's ws:// comes like this: its person is told in the same plain HTTP.
void Tunnel::answer_plainly(RelayOutcome outcome) {
    phase_ = Phase::showing_refusal;
    deadline_.clear();
    auto refusal = refusal_for(Trouble::not_tls, outcome.detail, facts_.host);
    refusal.id = facts_.id;
    if (facts_.id.empty()) record_decision(parts_, facts_, {}, &refusal, refusal.status);
    const auto head = response(refusal, accept_, request_method(as_text(early_)));
    answer_ = std::make_unique<FinalAnswer>(parts_.loop, *client_, head, parts_.plaintext,
                                            [this, outcome = std::move(outcome)] { finish(outcome); });
}

void Tunnel::relay_what_is_not_tls(Bytes from_server) {
    take_over_unread("not TLS: relayed unread", std::move(from_server));
    // A server that seems to have no TLS may be somebody in between: TLS is not passed by unseen.
    client_->refuse_first_byte(handshake_record, "TLS, in a tunnel whose server speaks something else");
    begin_relay(*client_, *unread_);
}

void Tunnel::pass_through() {
    client_->write(as_bytes("HTTP/1.1 200 Connection established\r\n\r\n"));
    take_over_unread("passed through unread, " + snapshot_->policies->rule_for(facts_.host), {});
    begin_relay(*client_, *unread_);
}

void Tunnel::take_over_unread(std::string note, Bytes from_server) {
    DialOutcome outcome;
    outcome.server = facts_.server;
    outcome.note = std::move(note);
    record_decision(parts_, facts_, outcome, nullptr, 200);
    auto received = std::move(connection_.received);
    received.insert(received.end(), from_server.begin(), from_server.end());
    unread_ = std::make_unique<PlainStream>(std::move(connection_.stream), std::move(received));
    Bytes early;
    early.swap(early_);
    client_ = std::make_unique<PlainStream>(client_->release(), std::move(early));
}

void Tunnel::begin_client_tls() {
    phase_ = Phase::reading_hello;
    downstream_ = std::make_unique<TlsStream>(client_->release(), std::move(session_), parts_.plaintext);
    client_.reset();
    Bytes early;
    early.swap(early_);
    handshake_begin_ = std::chrono::steady_clock::now();
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
            count_handshake(true);
            return shown_ ? begin_page() : begin_relay(*downstream_, *upstream_);
        case State::failed:
            return client_handshake_failed();
    }
}

// The client has said what it wants. If that is not what the server was asked for, the server is asked again
// with exactly the client's wishes, and verified for the name that the client is going to check.
void Tunnel::hello_read() {
    const auto& hello = client_session().client_hello();
    if (!hello.accepts_ecdsa && !snapshot_->mint->has_key(certs::KeyType::rsa2048)) return make_rsa_key();
    auto identity = *identity_;
    if (!hello.server_name.empty()) {
        auto named = certs::ReferenceIdentity::from_host(hello.server_name);
        if (!named) {
            return refuse_client("bad_server_name",
                                 "the client's SNI is no host name: " + named.error().message,
                                 alert_unrecognized_name);
        }
        identity = std::move(named).value();
        facts_.server_name = identity.text();
    }
    if (const auto& policy = policy_for(identity.text());
        identity != *identity_ && policy.action != config::HostAction::inspect) {
        return refuse_client("refused",
                             "the client's SNI is " + identity.text() + ", which " +
                                 snapshot_->policies->rule_for(identity.text()) +
                                 " does not let be inspected",
                             alert_access_denied);
    }
    if (identity != *identity_ && snapshot_->settings.intercept.sni_mismatch == "refuse") {
        return refuse_client("sni_mismatch",
                             "the client's SNI is " + identity.text() + ", the tunnel is to " + facts_.host,
                             alert_unrecognized_name);
    }
    if (!upstream_) return redial(std::move(identity), hello.protocols);
    const bool satisfied = satisfies(hello.protocols, upstream_->session().negotiated().protocol);
    if (identity == *identity_ && (satisfied || offered_ == hello.protocols)) return present();
    upstream_->finish(RelayEnd::Ending::orderly);
    upstream_.reset();
    redial(std::move(identity), hello.protocols);
}

// The first client that knows no ECDSA waits for a key, and nobody with it.
void Tunnel::make_rsa_key() {
    key_ = start_work(
        parts_.loop, [mint = snapshot_->mint] { static_cast<void>(mint->key(certs::KeyType::rsa2048)); },
        [this] { hello_read(); });
}

void Tunnel::redial(certs::ReferenceIdentity identity, std::vector<std::string> protocols) {
    phase_ = Phase::redialling;
    deadline_.clear();
    dial(std::move(identity), std::move(protocols));
}

void Tunnel::redialled(DialOutcome outcome) {
    facts_.server = outcome.server;
    if (outcome.refusal && style_ != config::FailureStyle::connect) return show_refusal(outcome);
    if (outcome.refusal) {
        record_decision(parts_, facts_, outcome, &*outcome.refusal, 0);
        return refuse_client(
            "refused", outcome.refusal->cause,
            outcome.no_common_protocol ? alert_no_application_protocol : alert_access_denied);
    }
    // Another protocol with the same certificates under the same name is no new decision.
    if (!is_same_judgement(outcome.verdict, verdict_)) record_decision(parts_, facts_, outcome, nullptr, 200);
    verdict_ = outcome.verdict;
    upstream_ = std::move(outcome.upstream);
    present();
}

void Tunnel::present() {
    parts_.shared.protocols.note(facts_.client.address.text(), authority_.text(),
                                 client_session().client_hello().protocols);
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

void Tunnel::begin_relay(RelayEnd& client, RelayEnd& server) {
    phase_ = Phase::relaying;
    deadline_.clear();
    relay_ = std::make_unique<Relay>(parts_.loop, client, server, parts_.plaintext,
                                     snapshot_->settings.upstream.idle_timeout,
                                     [this](RelayOutcome outcome) { finish(outcome); });
    relay_->begin();
}

void Tunnel::count_handshake(bool succeeded) {
    parts_.counters.handshake(Counters::Side::client, succeeded,
                              std::chrono::steady_clock::now() - handshake_begin_);
}

void Tunnel::client_handshake_failed() {
    count_handshake(false);
    const auto& session = downstream_->session();
    if (shown_) return finish({"refused", shown_->cause + "; " + session.error(), 0, 0});
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

// A page needs HTTP/1.1, which a client that offers other protocols alone would not read.
void Tunnel::show_refusal(const DialOutcome& outcome) {
    shown_ = outcome.refusal;
    record_decision(parts_, facts_, outcome, &*shown_, shown_->status);
    const auto& hello = client_session().client_hello();
    if (!satisfies(hello.protocols, "http/1.1"))
        return refuse_client("refused", shown_->cause, alert_no_application_protocol);
    const auto key_type = hello.accepts_ecdsa ? certs::KeyType::ecdsa_p256 : certs::KeyType::rsa2048;
    const auto now = parts_.shared.now();
    const bool mimics = style_ == config::FailureStyle::mimic && outcome.verdict;
    auto minted = mimics ? certs::mimic_certificate(*snapshot_->mint, *identity_, key_type,
                                                    certs::defect_like(outcome.verdict->failure.reason), now)
                         : snapshot_->mint->certificate_for(*identity_, key_type, now + page_validity, now);
    if (!minted) return refuse_client("internal_error", minted.error().message, alert_internal_error);
    client_session().present(**minted, hello.protocols.empty() ? "" : "http/1.1");
    phase_ = Phase::refusal_handshake;
    deadline_.set(snapshot_->settings.listen.request_timeout);
    downstream_->go_on();
    client_moved();
}

void Tunnel::begin_page() {
    phase_ = Phase::showing_refusal;
    deadline_.clear();
    page_ = std::make_unique<RefusalPage>(parts_.loop, *downstream_, *shown_, parts_.plaintext,
                                          snapshot_->settings.listen.request_timeout, [this] {
                                              finish({"refused", shown_->cause, 0, 0});
                                          });
}

// After the 200 there is no HTTP answer any more: the client gets an alert, the record gets the cause.
void Tunnel::refuse_client(std::string end, std::string detail, int alert) {
    count_handshake(false);
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
