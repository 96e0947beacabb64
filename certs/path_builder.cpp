#include "certs/path_builder.h"

#include <algorithm>
#include <cassert>

#include "certs/crl_rules.h"
#include "certs/evidence.h"
#include "certs/exception_rules.h"
#include "certs/issuer_questions.h"
#include "certs/partial_path.h"
#include "certs/path_account.h"
#include "certs/path_search.h"

namespace chainmend::certs {
namespace {

/// Failed paths in a verdict: more are no help to a person.
constexpr std::size_t max_attempts = 16;

bool is_same_path(const std::vector<Candidate>& a, const std::vector<Candidate>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](const Candidate& left, const Candidate& right) {
                          return left.certificate->sha256() == right.certificate->sha256();
                      });
}

/// The failed paths of the newest search, and those of earlier ones that it did not come by again: once there
/// is a better issuer the worse one is not tried, but it is part of the explanation. Dead ends of earlier
/// searches are left out, since the newest knows more.
std::vector<FailedPath> merged(std::vector<FailedPath> newest, const std::vector<FailedPath>& earlier) {
    for (const FailedPath& failed : earlier) {
        const auto same = [&](const FailedPath& other) { return is_same_path(failed.path, other.path); };
        if (failed.is_dead_end || newest.size() >= PathSearch::max_failed_paths) continue;
        if (std::none_of(newest.begin(), newest.end(), same)) newest.push_back(failed);
    }
    std::stable_sort(newest.begin(), newest.end(), tells_more);
    return newest;
}

/// A CRL may be signed with a key of its own, whose certificate comes along with the others (RFC 5280 section
/// 5). What it is worth is judged with the path.
VerifyRequest with_crl_issuers(VerifyRequest request, const std::vector<CertificatePtr>& presented,
                               const std::vector<CertificatePtr>& untrusted) {
    if (request.crls.empty()) return request;
    for (const auto* certificates : {&presented, &untrusted}) {
        const auto usable = usable_crl_issuers(*certificates, request);
        request.crl_issuers.insert(request.crl_issuers.end(), usable.begin(), usable.end());
    }
    return request;
}

}  // namespace

class PathBuilder::Search {
  public:
    Search(std::shared_ptr<const TrustStore> trust, const IssuerStore* store, PresentedChain presented,
           const std::vector<CertificatePtr>& untrusted, VerifyRequest request, SignatureMemo* memo)
        : trust_(std::move(trust)),
          presented_(std::move(presented)),
          asked_(std::move(request)),
          request_(with_crl_issuers(asked_, presented_.certificates, untrusted)),
          memo_(memo == nullptr ? own_memo_ : *memo),
          signatures_before_(memo_.checked()),
          candidates_(*trust_, store, presented_, untrusted, request_.at) {}

    Step next();
    void answer(IssuerAnswer answer);
    std::shared_ptr<const Evidence> evidence(const Verdict& verdict);
    void consider_exceptions(Verdict& verdict);

  private:
    enum class Phase { unjudged, searching, asking, answered_in_vain };

    void consult_all();
    std::optional<Verdict> judge_end_entity_alone();
    Step search();
    Step ask_or_refuse();

    Verdict blank() const;
    Verdict accepted(GoodPath good) const;
    Verdict refused() const;
    Verdict refused_at_once(Failure failure) const;
    std::optional<Verdict> accepted_by(const ExceptionPtr& exception);
    Failure overall_failure() const;
    void add_accounts(Verdict& verdict, const std::vector<Candidate>& path) const;
    bool sent_path_failed() const;

    const std::shared_ptr<const TrustStore> trust_;
    const PresentedChain presented_;
    const VerifyRequest asked_;
    const VerifyRequest request_;
    SignatureMemo own_memo_;
    SignatureMemo& memo_;
    const int signatures_before_;
    CandidateIssuers candidates_;
    IssuerQuestions questions_;
    Phase phase_ = Phase::unjudged;
    std::optional<PathSearch> last_search_;
    std::vector<FailedPath> failed_;  // of all searches, each path once, most telling first
    std::vector<Fetch> fetches_;
    std::vector<AnsweredQuestion> answers_;
    Sha256 pending_{};  // the certificate that was asked about last
    int paths_ = 0;
    int nodes_ = 0;
};

PathBuilder::Step PathBuilder::Search::next() {
    switch (phase_) {
        case Phase::unjudged:
            if (auto verdict = judge_end_entity_alone()) return std::move(*verdict);
            phase_ = Phase::searching;
            return search();
        case Phase::searching:
            return search();
        case Phase::asking:
            assert(false && "next() without an answer()");
            return refused();
        case Phase::answered_in_vain:
            return ask_or_refuse();
    }
    return refused();
}

void PathBuilder::Search::answer(IssuerAnswer answer) {
    questions_.answered(answer);
    candidates_.answered();
    answers_.push_back(
        {pending_, answer.issuers, answer.fetches.size(), answer.untried, answer.last, answer.reason});
    for (Fetch& fetch : answer.fetches)
        fetches_.push_back(std::move(fetch));
    phase_ = Phase::answered_in_vain;
    for (FetchedIssuer& issuer : answer.issuers) {
        if (candidates_.add_fetched(std::move(issuer))) phase_ = Phase::searching;
    }
}

/// The rules that need no path come first: what they refuse no issuer could mend, and nothing is fetched for
/// it.
std::optional<Verdict> PathBuilder::Search::judge_end_entity_alone() {
    if (presented_.certificates.empty()) {
        return refused_at_once({Reason::malformed_certificate, 0,
                                presented_.malformed_end_entity.empty() ? "no certificate was sent"
                                                                        : presented_.malformed_end_entity});
    }
    const CertificatePtr& end_entity = presented_.certificates.front();
    if (const Anchor* anchor = trust_->find(end_entity->sha256())) {
        auto judgement = judge_path({end_entity}, request_);
        if (judgement.ok()) {
            Candidate itself{end_entity, Source::trust, anchor->origin, true};
            return accepted({{std::move(itself)}, std::move(judgement.warnings)});
        }
        if (judgement.failure.reason == Reason::leaf_as_anchor) return refused_at_once(judgement.failure);
    }
    auto judgement = judge_end_entity(end_entity, request_);
    if (judgement.ok()) return std::nullopt;
    return refused_at_once(std::move(judgement.failure));
}

PathBuilder::Step PathBuilder::Search::search() {
    last_search_.emplace(presented_.certificates.front(), candidates_, memo_, request_, SearchBudget{});
    auto good = last_search_->run();
    paths_ += last_search_->paths();
    nodes_ += last_search_->nodes();
    failed_ = merged(last_search_->failed(), failed_);
    if (good) return accepted(std::move(*good));
    return ask_or_refuse();
}

PathBuilder::Step PathBuilder::Search::ask_or_refuse() {
    // An issuer may have been issued anew, with the same name and key; the end entity certificate is what it
    // is.
    const bool is_final = std::any_of(failed_.begin(), failed_.end(), [](const FailedPath& failed) {
        return failed.failure.reason == Reason::revoked && failed.failure.depth == 0;
    });
    if (!is_final) {
        if (auto question = questions_.next(*last_search_)) {
            phase_ = Phase::asking;
            pending_ = question->of->sha256();
            return std::move(*question);
        }
    }
    return refused();
}

Verdict PathBuilder::Search::blank() const {
    Verdict verdict;
    verdict.profile = to_string(request_.profile);
    verdict.host = request_.identity ? request_.identity->text() : "";
    verdict.at = request_.at;
    verdict.presented = presented_.certificates;
    verdict.fetches = fetches_;
    verdict.stats = {paths_, memo_.checked() - signatures_before_, nodes_};
    for (const std::string& line : presented_.malformed)
        verdict.warnings.push_back({to_string(Reason::malformed_certificate), 0, line});
    return verdict;
}

void PathBuilder::Search::add_accounts(Verdict& verdict, const std::vector<Candidate>& path) const {
    verdict.path = elements_of(path);
    if (request_.disclosed) note_disclosure(verdict.path, *request_.disclosed);
    verdict.superfluous = superfluous_in(presented_, path);
    verdict.out_of_order = is_out_of_order(presented_, path);
    verdict.missing = missing_from(path);
    verdict.expires = earliest_expiry(path, request_.at);
    for (const FailedPath& failed : failed_) {
        if (verdict.attempts.size() >= max_attempts) break;
        verdict.attempts.push_back({elements_of(failed.path), failed.failure});
    }
}

/// What was sent led to a root, trusted or not, without help, and was refused.
bool PathBuilder::Search::sent_path_failed() const {
    for (const FailedPath& failed : failed_) {
        const bool complete = failed.reached_anchor || failed.failure.reason == Reason::untrusted_root;
        if (complete && was_sent(failed.path)) return true;
    }
    return false;
}

Verdict PathBuilder::Search::accepted(GoodPath good) const {
    Verdict verdict = blank();
    verdict.decision = Decision::accepted;
    verdict.how = how_of(good.path, presented_, sent_path_failed());
    for (Warning& warning : good.warnings)
        verdict.warnings.push_back(std::move(warning));
    add_accounts(verdict, good.path);
    return verdict;
}

Verdict PathBuilder::Search::refused_at_once(Failure failure) const {
    Verdict verdict = blank();
    verdict.failure = std::move(failure);
    if (!presented_.certificates.empty()) {
        add_accounts(verdict, {{presented_.certificates.front(), Source::server, "", false}});
        verdict.superfluous.clear();  // whether the others were needed was not looked at
    }
    return verdict;
}

/// The most telling failure of the last search, in the light of the questions and budgets.
Failure PathBuilder::Search::overall_failure() const {
    const FailedPath& best = failed_.front();
    Failure failure = best.failure;
    if (failure.reason == Reason::issuer_not_found) {
        const Certificate& child = *best.path.back().certificate;
        const std::string outcome = questions_.outcome(child);
        failure.detail =
            "the issuer \"" + child.issuer_display_name() + "\" of " + child.display_name() + " was not sent";
        if (!outcome.empty()) {
            failure.detail += " and could not be fetched (" + outcome + ")";
        } else if (child.ca_issuers_urls().empty()) {
            failure.detail += ", and nothing says where to get it";
        }
        if (questions_.closing_reason() != Reason::ok) failure.reason = questions_.closing_reason();
    }
    const std::string limit = !last_search_->spent().empty() ? last_search_->spent()
                              : candidates_.cut_off()        ? "too many certificates were sent or known"
                                                             : "";
    if (!limit.empty()) {
        failure.detail = "the search was given up after " + limit + "; so far: " + failure.detail;
        failure.reason = Reason::build_limit;
    }
    return failure;
}

Verdict PathBuilder::Search::refused() const {
    Verdict verdict = blank();
    if (failed_.empty()) {
        verdict.failure = {Reason::build_limit, 0, "the search was given up after " + last_search_->spent()};
        verdict.path = elements_of({{presented_.certificates.front(), Source::server, "", false}});
        return verdict;
    }
    verdict.failure = overall_failure();
    const FailedPath& best = failed_.front();
    add_accounts(verdict, best.path);
    if (best.is_dead_end && best.failure.reason != Reason::untrusted_root)
        verdict.missing.push_back(issuer_wanted_by(*best.path.back().certificate));
    return verdict;
}

/// Comes upon every issuer above the end entity, also where none was needed to refuse it: who asks later what
/// would have been at another time or for another name needs them.
void PathBuilder::Search::consult_all() {
    constexpr std::size_t enough = 64;
    std::vector<CertificatePtr> known{presented_.certificates.front()};
    std::set<Sha256> seen{known.front()->sha256()};
    for (std::size_t i = 0; i < known.size() && known.size() < enough; ++i) {
        if (known[i]->is_self_issued()) continue;
        const CertificatePtr child = known[i];
        for (const Candidate& candidate : candidates_.of(*child)) {
            if (seen.insert(candidate.certificate->sha256()).second) known.push_back(candidate.certificate);
        }
    }
}

std::shared_ptr<const Evidence> PathBuilder::Search::evidence(const Verdict& verdict) {
    // A refused path is not followed to its end, and one that was judged alone not at all.
    const bool is_cut_short = phase_ == Phase::unjudged || !verdict.accepted();
    if (is_cut_short && !presented_.certificates.empty()) consult_all();
    auto evidence = std::make_shared<Evidence>();
    evidence->request = asked_;
    evidence->trust_id = trust_->id();
    evidence->malformed_end_entity = presented_.malformed_end_entity;
    evidence->malformed = presented_.malformed;
    evidence->issuers = candidates_.consulted();
    if (!presented_.certificates.empty()) {
        const auto& end_entity = presented_.certificates.front();
        if (const Anchor* anchor = trust_->find(end_entity->sha256()))
            evidence->issuers.insert(evidence->issuers.begin(),
                                     {{anchor->certificate, Source::trust, anchor->origin}, 0});
    }
    evidence->answers = answers_;
    return evidence;
}

/// A refusal may be forgiven by an exception for this host and exactly this key. What became of the exception
/// is told either way.
void PathBuilder::Search::consider_exceptions(Verdict& verdict) {
    if (presented_.certificates.empty()) return;
    const Sha256& key = presented_.certificates.front()->spki_sha256();
    const auto exception = nearest_exception(request_.exceptions, key, request_.at);
    if (!exception) return;
    ExceptionUse use = look_at_exception(exception, key, request_.at, verdict);
    if (use.state == ExceptionUse::State::used) {
        const Reason strict = verdict.failure.reason;
        if (auto lenient = accepted_by(exception)) {
            verdict = std::move(*lenient);
            use.forgave = forgiven_in(verdict, *exception, strict);
        } else {
            use.state = ExceptionUse::State::other_reason;
        }
    }
    if (!verdict.accepted()) verdict.failure.detail += why_not_excepted(use);
    verdict.exception = std::move(use);
}

/// Everything is judged once more, with what is forgiven as warnings: whatever else is wrong still refuses.
std::optional<Verdict> PathBuilder::Search::accepted_by(const ExceptionPtr& exception) {
    VerifyRequest lenient = request_;
    lenient.forgiven = exception->forgives;
    const CertificatePtr& end_entity = presented_.certificates.front();
    auto alone = judge_end_entity(end_entity, lenient);
    if (!alone.ok()) return std::nullopt;
    PathSearch search(end_entity, candidates_, memo_, lenient, SearchBudget{});
    auto good = search.run();
    paths_ += search.paths();
    nodes_ += search.nodes();
    if (!good) {
        if (!search.spent().empty() || search.failed().empty()) return std::nullopt;
        const FailedPath& best = search.failed().front();
        if (!best.is_dead_end || !forgives(*exception, best.failure.reason)) return std::nullopt;
        auto pinned = judge_pins_so_far(certificates_of(best.path), lenient);
        if (!pinned.ok()) return std::nullopt;
        alone.warnings.push_back({to_string(best.failure.reason), best.failure.depth, best.failure.detail});
        good = GoodPath{best.path, std::move(alone.warnings)};
    }
    Verdict verdict = accepted(std::move(*good));
    verdict.how = How::by_exception;
    verdict.expires = end_under_exception(verdict, *exception, request_.at);
    return verdict;
}

PathBuilder::PathBuilder(std::shared_ptr<const TrustStore> trust, const IssuerStore* store,
                         PresentedChain presented, std::vector<CertificatePtr> untrusted,
                         VerifyRequest request, SignatureMemo* memo)
    : search_(std::make_unique<Search>(std::move(trust), store, std::move(presented), untrusted,
                                       std::move(request), memo)) {}

PathBuilder::~PathBuilder() = default;

PathBuilder::Step PathBuilder::next() {
    Step step = search_->next();
    if (auto* verdict = std::get_if<Verdict>(&step)) {
        search_->consider_exceptions(*verdict);
        verdict->evidence = search_->evidence(*verdict);
    }
    return step;
}

void PathBuilder::answer(IssuerAnswer answer) {
    search_->answer(std::move(answer));
}

}  // namespace chainmend::certs
