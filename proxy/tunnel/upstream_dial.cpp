#include "proxy/tunnel/upstream_dial.h"

#include <algorithm>

#include "certs/evidence.h"
#include "proxy/fetch/chain_repair.h"
#include "proxy/fetch/revocation_search.h"
#include "proxy/io/timer.h"
#include "proxy/issuer_saver.h"
#include "proxy/report/printable.h"
#include "proxy/tunnel/dial_trouble.h"

namespace chainmend::proxy {
namespace {

// RFC 7301 section 3.2
constexpr int alert_no_application_protocol = 120;

std::string joined(const std::vector<std::string>& protocols) {
    std::string text;
    for (const auto& protocol : protocols)
        text += (text.empty() ? "" : ", ") + printable_ascii(protocol, 40);
    return text.empty() ? "no protocol" : text;
}

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
    using Clock = std::chrono::steady_clock;
    enum class Phase { connecting, handshaking, verifying, checking_revocation };

    const config::Settings& settings() const { return request_.snapshot->settings; }
    /// For whoever is verified, which need not be whom the address belongs to.
    const HostPolicy& policy() const {
        return *request_.snapshot->policies->for_host(request_.identity.text());
    }
    tls::UpstreamSession& session() const {
        return static_cast<tls::UpstreamSession&>(outcome_.upstream->session());
    }

    void timed_out() {
        switch (phase_) {
            case Phase::connecting:
                return;  // that has deadlines of its own
            case Phase::handshaking:
                return fail(Trouble::tls_timeout, "the TLS handshake did not end in time");
            case Phase::verifying:
            case Phase::checking_revocation:
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
        // A client's certificate is shown by the name that is verified: to nobody else.
        auto made = tls::UpstreamSession::make(*policy().upstream_context, request_.identity,
                                               request_.protocols, policy().client_credentials, resumption());
        if (!made) return fail(Trouble::internal_error, made.error().message);
        outcome_.upstream = std::make_unique<TlsStream>(std::move(connection.stream), std::move(made).value(),
                                                        parts_.plaintext);
        phase_ = Phase::handshaking;
        handshake_begin_ = Clock::now();
        deadline_.set(settings().upstream.handshake_timeout);
        outcome_.upstream->begin(connection.received, [this] { handshake_moved(); });
        handshake_moved();
    }

    tls::Resumption resumption() {
        if (!request_.may_resume) return {};
        resumption_key_ = ResumptionCache::key(request_.authority, request_.identity, request_.protocols,
                                               *request_.snapshot);
        tickets_ = std::make_shared<tls::SessionTickets>();
        auto known = parts_.shared.resumptions.take(resumption_key_, parts_.shared.now());
        if (!known) return {nullptr, tickets_};
        resumed_verdict_ = std::move(known->verdict);
        return {std::move(known->ticket), tickets_};
    }

    /// Where a server behind an upstream proxy is, nobody here knows.
    Reach origin_reach() const {
        return through_proxy_ ? Reach::public_internet : EgressPolicy::origin_reach(outcome_.server.address);
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
                if (phase_ != Phase::checking_revocation) opened();
                return;
            case State::failed:
                return handshake_failed();
        }
    }

    void verify() {
        phase_ = Phase::verifying;
        verify_begin_ = parts_.loop.now();
        if (recall()) return;
        const auto known = known_so_far();
        seat_ = parts_.shared.flights.board(parts_.loop, key(known),
                                            [this](std::shared_ptr<const certs::Verdict> verdict) {
                                                verdict ? recalled(std::move(verdict)) : judge();
                                            });
        // Whoever was making it is bound by the same limits, so this one waits no longer than it would work.
        if (!seat_->is_pilot()) return deadline_.set(judging_limit());
        // It may have come between the two.
        if (!recall()) judge();
    }

    /// The verdict may be known, from before or from another who was asked the same meanwhile.
    bool recall() {
        auto known = find_verdict(known_so_far());
        if (!known) return false;
        recalled(std::move(known));
        return true;
    }
    void recalled(std::shared_ptr<const certs::Verdict> verdict) {
        seat_.reset();
        outcome_.remembered = true;
        final_ = session().staple_has_come();
        decided(std::move(verdict));
    }

    /// The repair keeps to its own budget; the deadline behind it is for a fault in that.
    std::chrono::milliseconds judging_limit() const {
        return settings().repair.budget + settings().upstream.handshake_timeout;
    }

    /// Of the one budget for everything that is fetched for a handshake, or waited for.
    std::chrono::milliseconds budget_left() const {
        const auto spent = parts_.loop.now() - verify_begin_;
        return std::max(settings().repair.budget - spent, std::chrono::milliseconds{0});
    }

    void judge() {
        const auto now = parts_.shared.now();
        deadline_.set(judging_limit());
        ChainRepairRequest repair;
        repair.builder = std::make_unique<certs::PathBuilder>(
            policy().trust, settings().repair.enabled ? request_.snapshot->issuers.get() : nullptr,
            session().presented(), std::vector<certs::CertificatePtr>{},
            verify_request_for(*request_.snapshot, request_.identity, now), &parts_.memo);
        repair.origin = origin_reach();
        repair.settings = settings().repair;
        repair.settings.budget = budget_left();
        repair.learned = [this, now](const certs::FetchedIssuer& issuer) {
            parts_.saver.learn(*request_.snapshot, issuer, now);
        };
        step_ = start_chain_repair(parts_.loop, &parts_.fetcher, std::move(repair),
                                   [this](certs::Verdict verdict) {
                                       if (session().staple_has_come())
                                           return check_revocation(std::move(verdict));
                                       decided(remember(Known::path, std::move(verdict)));
                                   });
    }

    /// Up to TLS 1.2 the staple comes after the certificates have been decided upon (RFC 6066 section 8): the
    /// verdict is final, and the connection somebody's, only when both are in.
    void opened() {
        if (session().resumed()) {
            outcome_.verdict = resumed_verdict_;
            outcome_.remembered = true;
            return succeed();
        }
        const bool is_final = session().staple_has_come() && final_;
        if (is_final || policy().revocation == certs::RevocationMode::off) return succeed();
        if (auto known = find_verdict(Known::all)) {
            outcome_.verdict = std::move(known);
            return revocation_known();
        }
        check_revocation(*outcome_.verdict);
    }

    void check_revocation(certs::Verdict verdict) {
        const auto& snapshot = *request_.snapshot;
        if (!verdict.accepted() || policy().revocation == certs::RevocationMode::off)
            return revocation_checked(std::move(verdict));
        phase_ = Phase::checking_revocation;
        deadline_.set(judging_limit());
        certs::RevocationOptions options;
        options.mode = policy().revocation;
        options.profile = policy().profile;
        options.staple = session().stapled_ocsp();
        // A path that was remembered still holds; what is known of revocation is a question of this moment.
        verdict.at = parts_.shared.now();
        if (verdict.expires) verdict.expires->days = whole_days(verdict.expires->at - verdict.at);
        options.crls = snapshot.crls;
        if (snapshot.revocations && policy().revocation != certs::RevocationMode::stapled) {
            const auto kept = snapshot.revocations->lists_for(verdict.path, verdict.at);
            options.crls.insert(options.crls.end(), kept.begin(), kept.end());
        }
        RevocationSearchRequest search;
        search.now = verdict.at;
        search.max_fetches = static_cast<int>(settings().repair.max_fetches - made_fetches(verdict));
        search.check = std::make_unique<certs::RevocationCheck>(std::move(verdict), std::move(options));
        search.origin = origin_reach();
        search.budget = budget_left();
        search.hedge_after = settings().repair.hedge_after;
        search.nonce = settings().verify.ocsp_nonce;
        search.store = snapshot.revocations;
        search.on_disk = [this](std::function<Result<void>()> work) {
            parts_.saver.on_disk("revocation cache", std::move(work));
        };
        step_ = start_revocation_search(parts_.fetcher, std::move(search), [this](certs::Verdict final) {
            revocation_checked(std::move(final));
        });
    }

    static std::int64_t made_fetches(const certs::Verdict& verdict) {
        return std::count_if(verdict.fetches.begin(), verdict.fetches.end(), [](const certs::Fetch& fetch) {
            return fetch.result != certs::FetchResult::not_attempted && !fetch.from_cache;
        });
    }

    void revocation_checked(certs::Verdict verdict) {
        auto shared = remember(Known::all, std::move(verdict));
        if (session().state() == tls::Session::State::suspended) {
            final_ = true;
            return decided(std::move(shared));
        }
        outcome_.verdict = std::move(shared);
        revocation_known();
    }

    /// After the handshake: nothing has been passed on yet.
    void revocation_known() {
        if (outcome_.verdict->accepted()) return succeed();
        outcome_.tls = session().negotiated();
        outcome_.refusal = refusal_for(*outcome_.verdict, request_.identity.text());
        complete();
    }

    /// How much of what a verdict is about is in: the certificates, or the staple as well.
    enum class Known { path, all };
    Known known_so_far() const { return session().staple_has_come() ? Known::all : Known::path; }

    VerdictCache::Key key(Known known) const {
        const Bytes staple = session().stapled_ocsp();
        return VerdictCache::key(session().presented(), request_.identity, *request_.snapshot,
                                 known == Known::all ? &staple : nullptr);
    }
    std::shared_ptr<const certs::Verdict> find_verdict(Known known) const {
        return parts_.shared.verdicts.find(key(known), parts_.shared.now(), settings().failure.remember);
    }
    std::shared_ptr<const certs::Verdict> remember(Known known, certs::Verdict verdict) {
        auto shared = std::make_shared<const certs::Verdict>(std::move(verdict));
        parts_.shared.verdicts.put(key(known), shared);
        // Of two questions of one handshake the first is what others wait for.
        if (seat_) seat_->land(shared);
        seat_.reset();
        return shared;
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
        // Only with the final verdict: what is resumed goes by it.
        if (tickets_) parts_.shared.resumptions.put(resumption_key_, outcome_.verdict, tickets_);
        warn_of_old_tls();
        warn_of_wish_for_certificate();
        outcome_.upstream->set_callbacks({});  // from here on it is somebody else's
        complete();
    }

    /// Only min_tls below 1.2 lets it come to that: worth a warning each time.
    void warn_of_old_tls() {
        const auto& cipher = outcome_.tls.cipher;
        const bool is_aead =
            cipher.find("GCM") != std::string::npos || cipher.find("CHACHA20") != std::string::npos;
        const bool is_old = outcome_.tls.version == "1.0" || outcome_.tls.version == "1.1";
        const bool signs_weakly = outcome_.tls.signature_digest == "SHA1";
        if (is_aead && !is_old && !signs_weakly) return;
        const auto rule = request_.snapshot->policies->rule_for(request_.identity.text());
        warn("old_tls", "the server speaks TLS " + outcome_.tls.version + " with " + cipher +
                            (signs_weakly ? " and signs with SHA-1" : "") + ", which " +
                            (rule.empty() ? "verify.min_tls" : rule) + " lets pass");
    }

    /// It may serve whoever shows none, or end the session with the first request.
    void warn_of_wish_for_certificate() {
        if (!session().client_certificate_requested()) return;
        warn("client_certificate_requested",
             "the server asked for a client certificate and was shown none; client_certificate in a "
             "[[host]] rule names one");
    }

    /// What this handshake adds to a verdict that others may share.
    void warn(std::string code, std::string detail) {
        auto verdict = *outcome_.verdict;
        verdict.warnings.push_back({std::move(code), 0, std::move(detail)});
        outcome_.verdict = std::make_shared<const certs::Verdict>(std::move(verdict));
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
        outcome_.no_common_protocol = session().peer_alert() == alert_no_application_protocol;
        if (outcome_.no_common_protocol) cause += "; it was offered " + joined(request_.protocols);
        fail(trouble_of(session().failure()), std::move(cause));
    }

    // A certificate that does not decode ends the handshake before there is anything to build a path from.
    std::shared_ptr<const certs::Verdict> malformed_verdict() {
        certs::Verdict verdict;
        verdict.failure = {certs::Reason::malformed_certificate, 0, session().error()};
        verdict.profile = certs::to_string(policy().profile);
        verdict.host = request_.identity.text();
        verdict.at = parts_.shared.now();
        certs::Evidence evidence;
        evidence.request = verify_request_for(*request_.snapshot, request_.identity, verdict.at);
        evidence.malformed_end_entity = session().error();
        verdict.evidence = std::make_shared<const certs::Evidence>(std::move(evidence));
        return std::make_shared<const certs::Verdict>(std::move(verdict));
    }

    void fail(Trouble trouble, std::string cause) {
        // An alert is TLS, whatever came before it.
        outcome_.may_lack_tls =
            outcome_.upstream && trouble != Trouble::tls_alert_received && !session().server_hello_came();
        outcome_.refusal = refusal_for(trouble, std::move(cause), request_.identity.text());
        complete();
    }

    void complete() {
        if (handshake_begin_)
            parts_.counters.handshake(Counters::Side::server, !outcome_.refusal,
                                      Clock::now() - *handshake_begin_);
        if (outcome_.refusal && outcome_.upstream) {
            outcome_.upstream->finish(RelayEnd::Ending::truncated);
            outcome_.upstream.reset();
        }
        if (outcome_.verdict && outcome_.verdict->exception) {
            if (const auto note = parts_.shared.exceptions.note(*outcome_.verdict->exception))
                parts_.shared.log->note(Level::warning, *note);
        }
        deadline_.clear();
        seat_.reset();  // a verdict that did not come to be is somebody else's to make
        const auto completion = std::move(completion_);
        completion(std::move(outcome_));
    }

    WorkerParts& parts_;
    DialRequest request_;
    std::function<void(DialOutcome)> completion_;
    Phase phase_ = Phase::connecting;
    DialOutcome outcome_;
    bool through_proxy_ = false;
    ResumptionCache::Key resumption_key_;
    tls::SessionTicketsPtr tickets_;            // null: nothing is to be resumed
    VerdictCache::VerdictPtr resumed_verdict_;  // of the session that is offered
    bool final_ = false;                        // the verdict knows of the staple, or that there is none
    std::chrono::milliseconds verify_begin_{};
    std::optional<Clock::time_point> handshake_begin_;
    std::unique_ptr<VerdictFlights::Seat> seat_;  // while the verdict is made, here or elsewhere
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
