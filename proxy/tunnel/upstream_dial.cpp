#include "proxy/tunnel/upstream_dial.h"

#include "proxy/fetch/chain_repair.h"
#include "proxy/io/timer.h"
#include "proxy/issuer_saver.h"
#include "proxy/tunnel/connect_request.h"
#include "proxy/tunnel/dial_trouble.h"

namespace chainmend::proxy {
namespace {

class UpstreamDial final : public Operation {
  public:
    UpstreamDial(WorkerParts& parts, DialRequest request, std::function<void(DialOutcome)> completion)
        : parts_(parts),
          request_(std::move(request)),
          completion_(std::move(completion)),
          deadline_(parts.loop, [this] { timed_out(); }) {}

    void begin() {
        // Not from here: this is the start call.
        if (request_.connection.stream) {
            step_ = start_timer(parts_.loop, std::chrono::milliseconds{0},
                                [this] { connected(std::move(request_.connection)); });
            return;
        }
        step_ = start_server_connection(
            parts_, {request_.authority, request_.snapshot, request_.objection},
            [this](ServerConnection connection) { connected(std::move(connection)); });
    }

  private:
    enum class Phase { connecting, handshaking, verifying };

    const config::Settings& settings() const { return request_.snapshot->settings; }
    tls::UpstreamSession& session() {
        return static_cast<tls::UpstreamSession&>(outcome_.upstream->session());
    }

    void timed_out() {
        switch (phase_) {
            case Phase::connecting:
                return;  // that has deadlines of its own
            case Phase::handshaking:
                return fail(Trouble::tls_timeout, "the TLS handshake did not end in time");
            case Phase::verifying:
                return fail(Trouble::tls_timeout, "the certificates could not be judged in time");
        }
    }

    void connected(ServerConnection connection) {
        outcome_.server = connection.address;
        if (!connection.stream) {
            outcome_.refusal = std::move(connection.refusal);
            return complete();
        }
        through_proxy_ = connection.through_proxy;
        auto made = tls::UpstreamSession::make(*request_.snapshot->upstream_context, request_.identity,
                                               request_.protocols, credentials());
        if (!made) return fail(Trouble::internal_error, made.error().message);
        outcome_.upstream = std::make_unique<TlsStream>(std::move(connection.stream), std::move(made).value(),
                                                        parts_.plaintext);
        phase_ = Phase::handshaking;
        deadline_.set(settings().upstream.handshake_timeout);
        outcome_.upstream->begin(connection.received, [this] { handshake_moved(); });
        handshake_moved();
    }

    // By the name that was verified for: to nobody else they are shown.
    certs::ClientCredentialsPtr credentials() const {
        const auto& snapshot = *request_.snapshot;
        const auto* rule = host_rule_for(snapshot.settings, request_.identity.text());
        if (!rule || snapshot.client_credentials.empty()) return nullptr;
        return snapshot.client_credentials[static_cast<std::size_t>(rule - snapshot.settings.hosts.data())];
    }

    void handshake_moved() {
        using State = tls::Session::State;
        switch (session().state()) {
            case State::handshaking:
                return;
            case State::suspended:
                return verify();
            case State::open:
            case State::peer_closed:
                return succeed();
            case State::failed:
                return handshake_failed();
        }
    }

    void verify() {
        phase_ = Phase::verifying;
        const auto now = parts_.shared.now();
        key_ = VerdictCache::key(session().presented(), request_.identity, *request_.snapshot);
        if (auto known = parts_.shared.verdicts.find(key_, now, settings().failure.remember)) {
            outcome_.remembered = true;
            return decided(std::move(known));
        }
        // The repair keeps to its own budget; the deadline behind it is for a fault in that.
        deadline_.set(settings().repair.budget + settings().upstream.handshake_timeout);
        ChainRepairRequest repair;
        repair.builder = std::make_unique<certs::PathBuilder>(
            request_.snapshot->trust, settings().repair.enabled ? request_.snapshot->issuers.get() : nullptr,
            session().presented(), std::vector<certs::CertificatePtr>{}, verify_request(now), &parts_.memo);
        // Where a server behind an upstream proxy is, nobody here knows.
        repair.origin =
            through_proxy_ ? Reach::public_internet : EgressPolicy::origin_reach(outcome_.server.address);
        repair.settings = settings().repair;
        repair.learned = [this, now](const certs::FetchedIssuer& issuer) {
            parts_.saver.learn(*request_.snapshot, issuer, now);
        };
        step_ = start_chain_repair(
            parts_.loop, &parts_.fetcher, std::move(repair), [this](certs::Verdict verdict) {
                auto shared = std::make_shared<const certs::Verdict>(std::move(verdict));
                parts_.shared.verdicts.put(key_, shared);
                decided(std::move(shared));
            });
    }

    certs::VerifyRequest verify_request(Time now) const {
        certs::VerifyRequest request;
        request.identity = request_.identity;
        request.at = now;
        request.profile = request_.snapshot->profile;
        request.max_depth = static_cast<int>(settings().verify.max_depth);
        request.distrust = request_.snapshot->distrust;
        request.disclosed = request_.snapshot->disclosed;
        return request;
    }

    void decided(std::shared_ptr<const certs::Verdict> verdict) {
        outcome_.verdict = std::move(verdict);
        session().resolve(*outcome_.verdict);
        if (outcome_.verdict->accepted()) parts_.saver.mark_useful(*request_.snapshot, *outcome_.verdict);
        phase_ = Phase::handshaking;
        deadline_.set(settings().upstream.handshake_timeout);
        outcome_.upstream->go_on();
        handshake_moved();
    }

    void succeed() {
        outcome_.tls = session().negotiated();
        outcome_.upstream->set_callbacks({});  // from here on it is somebody else's
        complete();
    }

    void handshake_failed() {
        outcome_.tls = session().negotiated();
        if (session().failure() == tls::FailureKind::malformed_certificate) {
            outcome_.verdict = malformed_verdict();
        }
        if (outcome_.verdict && !outcome_.verdict->accepted()) {
            outcome_.refusal = refusal_for(*outcome_.verdict, request_.identity.text());
            return complete();
        }
        auto cause = session().error();
        if (session().client_certificate_requested()) cause += "; it asked for a client certificate";
        fail(trouble_of(session().failure()), std::move(cause));
    }

    // A certificate that does not decode ends the handshake before there is anything to build a path from.
    std::shared_ptr<const certs::Verdict> malformed_verdict() {
        certs::Verdict verdict;
        verdict.failure = {certs::Reason::malformed_certificate, 0, session().error()};
        verdict.profile = certs::to_string(request_.snapshot->profile);
        verdict.host = request_.identity.text();
        verdict.at = parts_.shared.now();
        return std::make_shared<const certs::Verdict>(std::move(verdict));
    }

    void fail(Trouble trouble, std::string cause) {
        outcome_.refusal = refusal_for(trouble, std::move(cause), request_.identity.text());
        complete();
    }

    void complete() {
        if (outcome_.refusal && outcome_.upstream) {
            outcome_.upstream->finish(RelayEnd::Ending::truncated);
            outcome_.upstream.reset();
        }
        deadline_.clear();
        const auto completion = std::move(completion_);
        completion(std::move(outcome_));
    }

    WorkerParts& parts_;
    DialRequest request_;
    std::function<void(DialOutcome)> completion_;
    Phase phase_ = Phase::connecting;
    DialOutcome outcome_;
    bool through_proxy_ = false;
    VerdictCache::Key key_;
    OperationPtr step_;
    Deadline deadline_;
};

}  // namespace

OperationPtr start_upstream_dial(WorkerParts& parts, DialRequest request,
                                 std::function<void(DialOutcome)> completion) {
    auto dial = std::make_unique<UpstreamDial>(parts, std::move(request), std::move(completion));
    dial->begin();
    return dial;
}

}  // namespace chainmend::proxy
