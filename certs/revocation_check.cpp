#include "certs/revocation_check.h"

#include <openssl/x509v3.h>

#include <algorithm>

#include "certs/crl_rules.h"
#include "certs/evidence.h"
#include "certs/exception_rules.h"
#include "certs/libcrypto_verification.h"
#include "certs/staple_rules.h"
#include "certs/x509_view.h"

namespace chainmend::certs {
namespace {

/// When nothing is known it is worth asking again after this long; failed fetches are remembered for about as
/// long.
constexpr std::chrono::minutes unknown_for{5};

/// RFC 9608: noRevAvail, in end entity certificates only.
bool has_no_revocation_information(const Certificate& certificate) {
    const OpensslPtr<ASN1_OBJECT, ASN1_OBJECT_free> oid(OBJ_txt2obj("2.5.29.56", 1));
    return oid && X509_get_ext_by_OBJ(certificate.x509(), oid.get(), -1) >= 0;
}

std::optional<Time> end_of(const std::vector<CrlPtr>& crls) {
    std::optional<Time> earliest;
    for (const CrlPtr& crl : crls) {
        const auto end = crl->next_update();
        if (end && (!earliest || *end < *earliest)) earliest = end;
    }
    return earliest;
}

std::optional<Time> begin_of(const std::vector<CrlPtr>& crls) {
    std::optional<Time> latest;
    for (const CrlPtr& crl : crls) {
        const auto begin = crl->this_update();
        if (begin && (!latest || *begin > *latest)) latest = begin;
    }
    return latest;
}

}  // namespace

RevocationCheck::RevocationCheck(Verdict verdict, RevocationOptions options)
    : verdict_(std::move(verdict)),
      options_(std::move(options)),
      inquiry_(std::make_unique<RevocationInquiry>(RevocationInquiry{options_, {}, 0})) {
    verdict_.revocation = {};
    verdict_.revocation.mode = options_.mode;
    if (options_.mode == RevocationMode::off) return;
    const int count = std::max(1, static_cast<int>(verdict_.path.size()) - 1);
    // The path was judged without a handshake in view; from here on this has the say.
    std::erase_if(verdict_.warnings,
                  [](const Warning& warning) { return warning.code == to_string(Reason::staple_required); });
    settled_.resize(static_cast<std::size_t>(count));
    for (int depth = 0; depth < count; ++depth) {
        RevocationFinding nothing;
        nothing.depth = depth;
        verdict_.revocation.findings.push_back(std::move(nothing));
    }
    const auto& path = verdict_.path;
    verdict_.revocation.staple_required =
        std::any_of(path.begin(), path.end(),
                    [](const PathElement& element) { return promises_staple(*element.certificate); });
    judge_what_is_at_hand();
}

RevocationCheck::~RevocationCheck() = default;

const CertificatePtr& RevocationCheck::at(int depth) const {
    return verdict_.path[static_cast<std::size_t>(depth)].certificate;
}

bool RevocationCheck::has_issuer(int depth) const {
    return static_cast<std::size_t>(depth) + 1 < verdict_.path.size();
}

void RevocationCheck::judge_what_is_at_hand() {
    judge_staple();
    if (has_no_revocation_information(*at(0)) && !at(0)->is_ca() && !finding(0).is_known()) {
        RevocationFinding exempt;
        exempt.status = RevocationStatus::good;
        exempt.source = RevocationSource::exempt;
        take(std::move(exempt));
    }
    if (!asks() || options_.crls.empty()) return;
    for (int depth = 0; depth < static_cast<int>(settled_.size()); ++depth) {
        if (!settled_[static_cast<std::size_t>(depth)] && has_issuer(depth))
            take(judge_lists(depth, options_.crls));
    }
}

void RevocationCheck::judge_staple() {
    has_staple_ = !options_.staple.empty();
    if (!has_staple_) return;
    RevocationFinding stapled;
    if (has_issuer(0)) {
        stapled = judge_ocsp(options_.staple, ocsp_question(0, {}));
    } else {
        stapled.detail = "without an issuer the OCSP response can not be judged";
    }
    stapled.source = RevocationSource::staple;
    take(std::move(stapled));
}

OcspQuestion RevocationCheck::ocsp_question(int depth, const Bytes& nonce) const {
    return {at(depth), at(depth + 1), verdict_.at, options_.profile, nonce};
}

RevocationFinding RevocationCheck::judge_lists(int depth, const std::vector<CrlPtr>& crls) const {
    CertificatePath path;
    for (std::size_t i = static_cast<std::size_t>(depth); i < verdict_.path.size(); ++i)
        path.push_back(verdict_.path[i].certificate);
    VerifyRequest request;
    request.at = verdict_.at;
    request.profile = options_.profile;
    request.crls = crls;
    request.crl_issuers = usable_crl_issuers(verdict_.presented, request);
    PathFindings findings(path, request);
    judge_crls_with_libcrypto(path, request, findings);
    RevocationFinding judged;
    judged.depth = depth;
    judged.source = RevocationSource::crl;
    judged.this_update = begin_of(crls);
    judged.next_update = end_of(crls);
    if (!findings.refused()) {
        judged.status = RevocationStatus::good;
    } else {
        if (findings.failure().reason == Reason::revoked) judged.status = RevocationStatus::revoked;
        judged.detail = findings.failure().detail;
    }
    return judged;
}

/// A later finding replaces one that knew nothing.
void RevocationCheck::take(RevocationFinding judged) {
    RevocationFinding& known = finding(judged.depth);
    if (known.is_known()) return;
    if (judged.is_known()) settled_[static_cast<std::size_t>(judged.depth)] = true;
    known = std::move(judged);
}

std::optional<RevocationQuestion> RevocationCheck::next() {
    asked_ = -1;
    if (!asks()) return std::nullopt;
    const auto& findings = verdict_.revocation.findings;
    const bool is_over = std::any_of(findings.begin(), findings.end(), [](const RevocationFinding& one) {
        return one.status == RevocationStatus::revoked;
    });
    for (int depth = 0; !is_over && depth < static_cast<int>(settled_.size()); ++depth) {
        if (settled_[static_cast<std::size_t>(depth)]) continue;
        if (!has_issuer(depth)) {
            asked_ = depth;
            give_up("its issuer is not known");
            continue;
        }
        asked_ = depth;
        inquiry_->answers.push_back({at(depth)->sha256(), {}, std::nullopt});
        return RevocationQuestion{depth, at(depth), at(depth + 1), at(depth)->ocsp_urls(),
                                  at(depth)->crl_urls()};
    }
    return std::nullopt;
}

bool RevocationCheck::consider(const RevocationEvidence& evidence) {
    if (asked_ < 0 || !has_issuer(asked_)) return false;
    inquiry_->answers.back().offered.push_back(evidence);
    RevocationFinding judged = evidence.source == RevocationSource::crl
                                   ? judge_lists(asked_, evidence.crls)
                                   : judge_ocsp(evidence.ocsp, ocsp_question(asked_, evidence.nonce));
    judged.depth = asked_;
    judged.source = evidence.source;
    judged.origin = evidence.origin;
    take(std::move(judged));
    return finding(asked_).is_known();
}

void RevocationCheck::give_up(const std::string& why) {
    if (asked_ < 0) return;
    settled_[static_cast<std::size_t>(asked_)] = true;
    if (has_issuer(asked_)) inquiry_->answers.back().gave_up = why;
    if (finding(asked_).detail.empty()) finding(asked_).detail = why;
}

void RevocationCheck::add_fetch(Fetch fetch) {
    verdict_.fetches.push_back(std::move(fetch));
    ++inquiry_->fetches;
}

/// What `mode` makes of what is known.
Failure RevocationCheck::failure_in(RevocationMode mode) const {
    const auto& account = verdict_.revocation;
    if (mode == RevocationMode::off) return {};
    for (const RevocationFinding& one : account.findings) {
        if (one.status == RevocationStatus::revoked)
            return {Reason::revoked, one.depth, at(one.depth)->display_name() + ": " + one.detail};
    }
    if (account.findings.empty()) return {};
    const RevocationFinding& first = account.findings.front();
    const bool stapled_good = first.source == RevocationSource::staple && first.is_known();
    if (account.staple_required && !stapled_good) {
        return {Reason::staple_required, 0,
                at(0)->display_name() + " must come with a stapled OCSP response, and " +
                    (has_staple_ ? "the one that came is no use: " + first.detail : "none came")};
    }
    for (const RevocationFinding& one : account.findings) {
        if (one.is_known()) continue;
        if (mode == RevocationMode::hard) {
            return {Reason::revocation_unknown, one.depth,
                    "nobody could tell whether " + at(one.depth)->display_name() +
                        " is revoked: " + (one.detail.empty() ? "nobody was asked" : one.detail)};
        }
    }
    return {};
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
    evidence->revocation = std::move(*inquiry_);
    verdict_.evidence = std::move(evidence);
}

Verdict RevocationCheck::verdict() && {
    const Failure failure = failure_in(options_.mode);
    verdict_.revocation.in_hard_mode = failure_in(RevocationMode::hard).reason;
    verdict_.revocation.recheck_at = recheck_time();
    warn();
    if (failure.reason != Reason::ok) refuse(failure);
    add_evidence();
    return std::move(verdict_);
}

}  // namespace chainmend::certs
