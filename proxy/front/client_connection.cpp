#include "proxy/front/client_connection.h"

#include <algorithm>

#include "proxy/admin/decision_page.h"
#include "proxy/forward/max_forwards.h"
#include "proxy/front/password_check.h"
#include "proxy/report/auto_configuration.h"
#include "proxy/report/printable.h"
#include "proxy/tunnel/connect_request.h"
#include "proxy/tunnel/decisions.h"

namespace chainmend::proxy {
namespace {

// Vanished clients are noticed after about this long without traffic, plus the system's probes.
constexpr std::chrono::seconds keep_alive_idle{60};

// How long a client may leave its connection unused between two requests: a little less than the 75 s after
// which many clients give up on one themselves (nginx's keepalive_timeout).
constexpr std::chrono::seconds between_requests{70};

std::string auto_configuration_answer(const SocketAddress& listener) {
    const auto body = auto_configuration(listener.text());
    return std::string("HTTP/1.1 200 OK\r\nContent-Type: ") + auto_configuration_type +
           "\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n" +
           body;
}

}  // namespace

ClientConnection::ClientConnection(WorkerParts& parts, std::unique_ptr<TcpStream> client,
                                   std::function<void()> finished)
    : parts_(parts),
      snapshot_(parts.shared.snapshot.load()),
      finished_(std::move(finished)),
      deadline_(parts.loop, [this] { timed_out(); }),
      client_(std::make_unique<PlainStream>(std::move(client))),
      parser_(std::make_unique<RequestParser>()) {
    facts_.client = client_->stream().peer_address();
    listener_ = {client_->stream().local_address().address.unmapped(),
                 client_->stream().local_address().port};
}

ClientConnection::~ClientConnection() = default;

void ClientConnection::begin() {
    client_->stream().keep_alive(keep_alive_idle);
    deadline_.set(snapshot_->settings.listen.request_timeout);
    const auto& peer = facts_.client.address;
    const auto& trusted = snapshot_->proxy_protocol_from;
    const bool has_header =
        std::any_of(trusted.begin(), trusted.end(), [&](const Cidr& block) { return block.contains(peer); });
    has_header ? read_proxy_header() : read_request({});
}

void ClientConnection::begin_refusing() {
    begin();
    refuse(refusal_for(Trouble::connection_limit, "listen.max_connections is reached", ""));
}

void ClientConnection::read_proxy_header() {
    phase_ = Phase::reading_proxy_header;
    proxy_header_ = std::make_unique<ProxyProtocolReader>();
    client_->set_callbacks({
        .plaintext = [this](ByteView bytes) { proxy_header_sent(bytes); },
        .end = [this] { client_ended(); },
        .drained = {},
    });
    client_->resume();
}

// Whoever is on the list and sends none is not the load balancer it was taken for: no guess is made.
void ClientConnection::proxy_header_sent(ByteView bytes) {
    switch (proxy_header_->receive(bytes)) {
        case ProxyProtocolReader::State::incomplete:
            return;
        case ProxyProtocolReader::State::failed:
            return refuse(refusal_for(Trouble::bad_request, proxy_header_->detail(), ""));
        case ProxyProtocolReader::State::complete:
            break;
    }
    if (const auto& source = proxy_header_->source()) facts_.client = *source;
    read_request(proxy_header_->take_rest());
}

void ClientConnection::read_request(Bytes begun) {
    phase_ = Phase::reading_request;
    parser_ = std::make_unique<RequestParser>();
    client_->set_callbacks({
        .plaintext = [this](ByteView bytes) { client_sent(bytes); },
        .end = [this] { client_ended(); },
        .drained = {},
    });
    client_->resume();
    if (!begun.empty()) client_sent(begun);
}

void ClientConnection::client_sent(ByteView bytes) {
    if (parser_->head_size() == 0) {
        facts_.requested_at = std::chrono::steady_clock::now();
        deadline_.set(snapshot_->settings.listen.request_timeout);
    }
    switch (parser_->receive(bytes)) {
        case RequestParser::State::incomplete:
            return;
        case RequestParser::State::complete:
            return request_read();
        case RequestParser::State::failed:
            return refuse(refusal_for(parser_->refusal()));
    }
}

void ClientConnection::client_ended() {
    finish();
}

void ClientConnection::timed_out() {
    if (is_idle()) return finish();
    refuse(refusal_for(Trouble::request_timeout, "the request did not arrive in time", ""));
}

void ClientConnection::request_read() {
    deadline_.clear();
    snapshot_ = parts_.shared.snapshot.load();
    const auto& head = parser_->head();
    const auto* user_agent = head.header("user-agent");
    facts_.user_agent = user_agent ? *user_agent : "";
    facts_.host.clear();
    facts_.port = 0;
    facts_.method = head.method;
    facts_.url.clear();
    facts_.policy = snapshot_->policy;
    // Browsers ask for this before they know that there is a proxy, so without its password.
    if (wants_auto_configuration()) return say_no_more(auto_configuration_answer(listener_));
    snapshot_->passwords ? authenticate() : serve_request();
}

// Only this machine's own clients: to others the address of a loopback listener is of no use, and a listener
// beyond loopback says nothing to strangers.
bool ClientConnection::wants_auto_configuration() const {
    const auto& head = parser_->head();
    return head.method == "GET" && head.target.substr(0, head.target.find('?')) == "/proxy.pac" &&
           facts_.client.address.is_loopback();
}

void ClientConnection::authenticate() {
    const auto* field = parser_->head().header("proxy-authorization");
    auto credentials = field ? Credentials::from_field(*field) : std::nullopt;
    if (!credentials)
        return refuse(
            refusal_for(Trouble::authentication_required, "this proxy wants a name and password", ""));
    phase_ = Phase::authenticating;
    client_->pause();
    password_check_ = start_password_check(parts_.loop, snapshot_->passwords, std::move(*credentials),
                                           [this](bool right) { authenticated(right); });
}

void ClientConnection::authenticated(bool right) {
    client_->resume();
    if (right) return serve_request();
    refuse(refusal_for(Trouble::authentication_required, "the name or password is wrong", ""));
}

void ClientConnection::serve_request() {
    const auto& head = parser_->head();
    if (head.is_connect()) return open_tunnel();
    if (is_absolute_form(head.target)) return begin_exchange();
    if (const auto scheme = head.target.find("://"); scheme < head.target.find_first_of("/?")) {
        return refuse(refusal_for(Trouble::bad_request,
                                  printable_ascii(head.target.substr(0, scheme), 20) +
                                      ":// is not supported: http, https, ws and wss are",
                                  ""));
    }
    // RFC 9112 section 3.2: origin form means that the proxy was taken for a web server.
    refuse(refusal_for(Trouble::bad_request,
                       "this is a proxy and no web server; " + head.method + " was sent in origin form", ""));
}

void ClientConnection::open_tunnel() {
    auto judged = judge_request(parser_->head(), *snapshot_);
    if (auto* refusal = std::get_if<Refusal>(&judged)) {
        facts_.host = refusal->next_hop;
        if (const auto asked = parse_authority(parser_->head().target)) facts_.port = asked->port;
        return refuse(std::move(*refusal));
    }
    origin_.reset();
    const auto* accept = parser_->head().header("accept");
    phase_ = Phase::tunnelling;
    tunnel_ = std::make_unique<Tunnel>(
        parts_, snapshot_, facts_, std::move(client_),
        Tunnel::Request{std::get<Authority>(std::move(judged)), accept ? *accept : "", parser_->take_rest()},
        [this] { finish(); });
    tunnel_->begin();
}

void ClientConnection::begin_exchange() {
    const auto& head = parser_->head();
    auto target = parse_absolute_target(head.target);
    if (!target) return refuse(refusal_for(Trouble::bad_request, target.error().message, ""));
    const auto& host = target->authority.host.text();
    if (host == own_host && !target->https) return answer_itself(target->path);
    facts_.host = host;
    facts_.port = target->authority.port;
    facts_.url = head.target;
    const auto left = forwards_left(head);
    if (!left) return refuse(refusal_for(Trouble::bad_request, left.error().message, host));
    if (*left && **left == 0) {
        if (snapshot_->settings.log.requests) record_decision(parts_, facts_, {}, nullptr, 200);
        return say_no_more(answer_as_last(head));
    }
    const auto& policy = *snapshot_->policies->for_host(host);
    const auto* proxy = target->https ? nullptr : policy.proxy_for(target->authority);
    auto forwarded = forward_request(head, *target, proxy);
    if (!forwarded) return refuse(refusal_for(Trouble::bad_request, forwarded.error().message, host));
    if (auto refusal = judge_target(target->authority, !target->https, *snapshot_))
        return refuse(std::move(*refusal));
    if (target->https && policy.action == config::HostAction::pass) {
        return refuse(refusal_for(Trouble::host_denied,
                                  host + " is passed through unread: https to it goes by CONNECT only",
                                  host));
    }
    if (!target->https) parts_.counters.plain_request();
    if (origin_ && !origin_->serves(*target, *snapshot_)) origin_.reset();
    phase_ = Phase::exchanging;
    Exchange::Request request{head,
                              *std::move(target),
                              *std::move(forwarded),
                              parser_->take_rest(),
                              std::move(origin_),
                              proxy != nullptr};
    exchange_ = std::make_unique<Exchange>(
        parts_, snapshot_, *client_, std::move(request),
        [this](ExchangeOutcome outcome) { exchange_finished(std::move(outcome)); });
    exchange_->begin();
}

// A page of a stranger may make a browser ask here, but not from a script that would read the answer.
void ClientConnection::answer_itself(const std::string& path) {
    phase_ = Phase::looking_up;
    client_->pause();
    const auto& head = parser_->head();
    const auto answer = [this, method = head.method](const AdminPage& page) {
        say_no_more(admin_response(page, method));
    };
    const auto* origin = head.header("origin");
    if (origin && *origin != "http://" + std::string(own_host))
        return answer({403, AdminPage{}.content_type, "pages of another origin may not ask here\n"});
    if (!asks_for_page(head.method))
        return answer({405, AdminPage{}.content_type, "only GET and HEAD are known here\n"});
    if (path == "/ca.pem")
        return answer({200, "application/x-pem-file", snapshot_->ca.ca->certificate()->pem()});
    const auto id = asked_decision(path);
    if (!id) return answer({404, AdminPage{}.content_type, "there is /d/ID and /ca.pem\n"});
    const auto* accept = head.header("accept");
    page_ = start_decision_page(parts_.loop, parts_.shared.history.get(), *id, accept ? *accept : "",
                                [answer](AdminPage page) { answer(page); });
}

void ClientConnection::exchange_finished(ExchangeOutcome outcome) {
    using End = ExchangeOutcome::End;
    exchange_.reset();
    keep_origin(std::move(outcome.kept));
    if (outcome.end == End::refused) return refuse(std::move(*outcome.refusal), outcome.dial);
    record_exchange(outcome);
    if (outcome.end == End::broken) {
        client_->finish(RelayEnd::Ending::truncated);
        return finish();
    }
    // A client that has ended its sending has nothing more to ask, unless it was asked already.
    const bool done = outcome.rest.empty() && client_->ending() != RelayEnd::Ending::open;
    if (outcome.end == End::close || done) return say_no_more("");
    deadline_.set(between_requests);
    read_request(std::move(outcome.rest));
}

// Whatever comes from a server that was not asked belongs to no request of this client.
void ClientConnection::keep_origin(std::unique_ptr<OriginConnection> origin) {
    origin_ = std::move(origin);
    if (!origin_) return;
    const auto drop = [this] { origin_.reset(); };
    origin_->end->set_callbacks({.plaintext = [drop](ByteView) { drop(); }, .end = drop, .drained = {}});
    origin_->end->resume();
}

// Servers that were judged are on record always, plain requests where that is asked for.
void ClientConnection::record_exchange(const ExchangeOutcome& outcome) {
    const bool judged = outcome.dialled && outcome.dial.verdict;
    if (judged || snapshot_->settings.log.requests)
        record_decision(parts_, facts_, outcome.dial, nullptr, outcome.status);
}

void ClientConnection::refuse(Refusal refusal, const DialOutcome& outcome) {
    record_decision(parts_, facts_, outcome, &refusal, refusal.status);
    const auto* accept = parser_->head().header("accept");
    say_no_more(response(refusal, accept ? *accept : "", parser_->head().method));
}

void ClientConnection::say_no_more(const std::string& answer) {
    phase_ = Phase::ending;
    deadline_.clear();
    answer_ =
        std::make_unique<FinalAnswer>(parts_.loop, *client_, answer, parts_.plaintext, [this] { finish(); });
}

void ClientConnection::cut_short() {
    if (tunnel_) tunnel_->cut_short();
    phase_ = Phase::finished;
}

void ClientConnection::finish() {
    phase_ = Phase::finished;
    deadline_.clear();
    const auto finished = finished_;
    finished();
}

}  // namespace chainmend::proxy
