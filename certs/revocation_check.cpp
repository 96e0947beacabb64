#include "certs/revocation_check.h"

#include <algorithm>

#include "certs/crl_judgement.h"
#include "certs/crl_rules.h"
#include "certs/evidence.h"
#include "certs/exception_rules.h"
#include "certs/revocation_rules.h"

namespace chainmend::certs {
namespace {

/// When nothing is known it is worth asking again after this long; failed fetches are remembered for about as
/// long.
constexpr std::chrono::minutes unknown_for{5};

bool is_revoked(const RevocationFinding& finding) {
    return finding.status == RevocationStatus::revoked;
}

}  // namespace

RevocationCheck::RevocationCheck(Verdict verdict, RevocationOptions options)
    : verdict_(std::move(verdict)),
      options_(std::move(options)),
      inquiry_(std::make_unique<RevocationInquiry>(RevocationInquiry{options_, {}, 0})) {
    verdict_.revocation = {};
    verdict_.revocation.mode = options_.mode;
    if (options_.mode == RevocationMode::off) return;
    for (const PathElement& element : verdict_.path)
        path_.push_back(element.certificate);
    if (options_.staple_was_asked_for) {
        // The path was judged without a handshake in view; from here on this has the say.
        std::erase_if(verdict_.warnings, [](const Warning& warning) {
            return warning.code == to_string(Reason::staple_required);
        });
    }
    judge_what_is_at_hand();
}

RevocationCheck::~RevocationCheck() = default;

/// The question as the rules want to have it.
VerifyRequest RevocationCheck::with_lists(std::vector<GivenCrl> crls) const {
    VerifyRequest request;
    request.at = verdict_.at;
    request.profile = options_.profile;
    if (!options_.staple.empty()) request.staple = std::make_shared<const Bytes>(options_.staple);
    if (crls.empty()) return request;
    request.crls = std::move(crls);
    for (const auto* certificates : {&verdict_.presented, &options_.crl_issuers}) {
        const auto usable = usable_crl_issuers(*certificates, request);
        request.crl_issuers.insert(request.crl_issuers.end(), usable.begin(), usable.end());
    }
    return request;
}

void RevocationCheck::judge_what_is_at_hand() {
    const auto& lists = options_.crls;
    verdict_.revocation = account_at_hand(path_, with_lists(asks() ? lists : std::vector<GivenCrl>{}));
    verdict_.revocation.mode = options_.mode;
    if (!asks() && !lists.empty()) listed_ = account_at_hand(path_, with_lists(lists)).findings;
}

bool RevocationCheck::is_over() const {
    const auto& findings = verdict_.revocation.findings;
    return std::any_of(findings.begin(), findings.end(), is_revoked);
}

std::optional<RevocationQuestion> RevocationCheck::next() {
    if (!asks()) return std::nullopt;
    const int count = static_cast<int>(verdict_.revocation.findings.size());
    while (!is_over() && next_ < count) {
        const int depth = next_++;
        if (finding(depth).is_known()) continue;
        if (!has_issuer(depth)) {
            give_up(depth, "its issuer is not known");
            continue;
        }
        const auto& certificate = path_[static_cast<std::size_t>(depth)];
        inquiry_->answers.push_back({certificate->sha256(), {}, std::nullopt});
        return RevocationQuestion{depth, certificate, path_[static_cast<std::size_t>(depth) + 1],
                                  certificate->ocsp_urls(), certificate->crl_urls()};
    }
    return std::nullopt;
}

/// Null when it was not asked about.
RevocationAnswer* RevocationCheck::answer(int depth) {
    const Sha256& of = path_[static_cast<std::size_t>(depth)]->sha256();
    const auto found = std::find_if(inquiry_->answers.begin(), inquiry_->answers.end(),
                                    [&](const RevocationAnswer& answer) { return answer.of == of; });
    return found == inquiry_->answers.end() ? nullptr : &*found;
}

RevocationFinding RevocationCheck::judge(int depth, const RevocationEvidence& evidence) const {
    const auto at = static_cast<std::size_t>(depth);
    if (evidence.source != RevocationSource::crl)
        return judge_ocsp(evidence.ocsp,
                          {path_[at], path_[at + 1], verdict_.at, options_.profile, evidence.nonce});
    return judge_crls(path_, with_lists({evidence.crls.begin(), evidence.crls.end()}))[at];
}

bool RevocationCheck::consider(int depth, const RevocationEvidence& evidence) {
    RevocationAnswer* asked = answer(depth);
    if (asked == nullptr) return false;
    if (finding(depth).is_known()) return true;
    asked->offered.push_back(evidence);
    RevocationFinding judged = judge(depth, evidence);
    judged.depth = depth;
    judged.source = evidence.source;
    judged.origin = evidence.origin;
    finding(depth) = std::move(judged);
    return finding(depth).is_known();
}

void RevocationCheck::give_up(int depth, const std::string& why) {
    if (finding(depth).is_known()) return;
    if (RevocationAnswer* asked = answer(depth)) asked->gave_up = why;
    if (finding(depth).detail.empty()) finding(depth).detail = why;
}

void RevocationCheck::add_fetch(Fetch fetch) {
    verdict_.fetches.push_back(std::move(fetch));
    ++inquiry_->fetches;
}

/// With the lists that the mode itself does not look at.
Reason RevocationCheck::reason_in_hard_mode() const {
    RevocationAccount account = verdict_.revocation;
    if (!listed_.empty()) account.findings = listed_;
    return revocation_failure(path_, account, {RevocationMode::hard, false, may_demand_staple()}).reason;
}

/// What is not known, where somebody was asked or something was sent.
void RevocationCheck::warn() {
    for (const RevocationFinding& one : verdict_.revocation.findings) {
        if (!one.is_known() && !one.detail.empty())
            verdict_.warnings.push_back({to_string(Reason::revocation_unknown), one.depth, one.detail});
    }
}

void RevocationCheck::refuse(Failure failure) {
    auto& use = verdict_.exception;
    const bool fits =
        use && (use->state == ExceptionUse::State::used || use->state == ExceptionUse::State::not_needed);
    if (fits && forgives(*use->exception, failure.reason)) {
        use->state = ExceptionUse::State::used;
        use->forgave.push_back(failure.reason);
        verdict_.how = How::by_exception;
        verdict_.expires = end_under_exception(verdict_, *use->exception, verdict_.at);
        verdict_.warnings.push_back({to_string(failure.reason), failure.depth, failure.detail});
        return;
    }
    if (fits && use->state == ExceptionUse::State::not_needed) use->state = ExceptionUse::State::other_reason;
    if (use) failure.detail += why_not_excepted(*use);
    verdict_.decision = Decision::refused;
    verdict_.how.reset();
    verdict_.failure = std::move(failure);
}

std::optional<Time> RevocationCheck::recheck_time() const {
    std::optional<Time> earliest;
    const auto note = [&](Time time) {
        if (!earliest || time < *earliest) earliest = time;
    };
    for (const RevocationFinding& one : verdict_.revocation.findings) {
        // A good answer holds through its last second.
        if (one.is_known() && one.next_update) note(*one.next_update + std::chrono::seconds{1});
        if (!one.is_known() && asks()) note(verdict_.at + unknown_for);
    }
    return earliest;
}

/// The verdict that was handed in may be somebody else's as well, with its evidence.
void RevocationCheck::add_evidence() {
    if (!verdict_.evidence) return;
    auto evidence = std::make_shared<Evidence>(*verdict_.evidence);
    evidence->request.at = verdict_.at;
    evidence->revocation = std::move(*inquiry_);
    verdict_.evidence = std::move(evidence);
}

Verdict RevocationCheck::verdict() && {
    const Failure failure = revocation_failure(
        path_, verdict_.revocation, {options_.mode, options_.end_entity_only, may_demand_staple()});
    verdict_.revocation.in_hard_mode = reason_in_hard_mode();
    verdict_.revocation.recheck_at = recheck_time();
    warn();
    if (failure.reason != Reason::ok) refuse(failure);
    add_evidence();
    return std::move(verdict_);
}

}  // namespace chainmend::certs
