#include "certs/path_search.h"

#include <openssl/x509.h>

#include <algorithm>
#include <deque>
#include <tuple>

#include "certs/partial_path.h"

namespace chainmend::certs {
namespace {

/// From this many certificates on, the search looks before each step whether an anchor can still be reached.
/// Most graphs are done long before; in a mesh it is what keeps the number of steps in proportion to the
/// number of paths.
constexpr int nodes_before_looking_ahead = 24;

std::vector<CertificatePtr> certificates_of(const std::vector<Candidate>& path) {
    std::vector<CertificatePtr> certificates;
    certificates.reserve(path.size() + 1);
    for (const Candidate& candidate : path)
        certificates.push_back(candidate.certificate);
    return certificates;
}

bool is_same_entity(const Certificate& a, const Certificate& b) {
    return a.spki_sha256() == b.spki_sha256() &&
           X509_NAME_cmp(X509_get_subject_name(a.x509()), X509_get_subject_name(b.x509())) == 0;
}

/// RFC 5280 section 4.2.1.9.
bool allows_below(const Certificate& issuer, int counted) {
    const long limit = X509_get_pathlen(issuer.x509());
    return limit < 0 || counted <= limit;
}

bool has_name_constraints(const Certificate& certificate) {
    return X509_get_ext_by_NID(certificate.x509(), NID_name_constraints, -1) >= 0;
}

}  // namespace

bool tells_more(const FailedPath& a, const FailedPath& b) {
    const auto telling = [](const FailedPath& failed) {
        return std::make_tuple(rank(failed.failure.reason), failed.reached_anchor, failed.path.size());
    };
    return telling(a) > telling(b);
}

PathSearch::PathSearch(CandidateIssuers& candidates, SignatureMemo& memo, const VerifyRequest& request,
                       const SearchBudget& budget)
    : candidates_(candidates), memo_(memo), request_(request), budget_(budget) {}

std::optional<GoodPath> PathSearch::run(const CertificatePtr& end_entity) {
    path_ = {{end_entity, Source::server, "", false}};
    extend();
    return std::move(good_);
}

void PathSearch::extend() {
    bool has_namesakes = false;
    bool has_issuer = false;
    const Certificate& child = *path_.back().certificate;
    for (const Candidate& candidate : candidates_.of(child)) {
        if (is_on_path(*candidate.certificate)) continue;
        has_namesakes = true;
        if (!verifies(child, *candidate.certificate)) {
            if (done()) return;
            continue;
        }
        has_issuer = true;
        if (candidate.is_anchor) try_as_anchor(candidate);
        if (done()) return;
        // An anchor that was no use as one may still be an intermediate below another; a self-signed one
        // leads nowhere.
        if (candidate.is_anchor && is_self_signed(*candidate.certificate)) continue;
        try_as_intermediate(candidate);
        if (done()) return;
    }
    if (!has_issuer) note_dead_end(has_namesakes);
}

void PathSearch::try_as_anchor(const Candidate& candidate) {
    if (bad_anchors_.count(candidate.certificate->sha256()) != 0) return;
    auto path = path_;
    path.push_back(candidate);
    if (!may_judge(path)) return;
    ++paths_;
    auto judgement = judge_path(certificates_of(path), request_);
    if (judgement.ok()) {
        good_ = GoodPath{std::move(path), std::move(judgement.warnings)};
        return;
    }
    if (is_bad_anchor(candidate.certificate)) bad_anchors_.insert(candidate.certificate->sha256());
    note({std::move(path), std::move(judgement.failure), true, false});
}

void PathSearch::try_as_intermediate(const Candidate& candidate) {
    if (auto failure = obstacle(candidate)) {
        auto path = path_;
        path.push_back(candidate);
        note({std::move(path), std::move(*failure), false, false});
        return;
    }
    if (nodes_ >= nodes_before_looking_ahead && !can_reach_anchor(candidate)) return;
    if (done()) return;
    if (nodes_ >= budget_.nodes) {
        spent_ = std::to_string(budget_.nodes) + " steps were taken";
        return;
    }
    ++nodes_;
    int& counter = candidate.certificate->is_self_issued() ? self_issued_below_ : counted_below_;
    ++counter;
    path_.push_back({candidate.certificate, candidate.source, candidate.origin, false});
    extend();
    path_.pop_back();
    --counter;
}

/// What is wrong with the path that ends in `candidate` whatever comes above it.
std::optional<Failure> PathSearch::obstacle(const Candidate& candidate) {
    const Certificate& issuer = *candidate.certificate;
    const int depth = static_cast<int>(path_.size());
    const std::string name = "the intermediate " + issuer.display_name();
    if (const Failure& alone = intermediate_failure(candidate.certificate); alone.reason != Reason::ok) {
        return Failure{alone.reason, alone.reason == Reason::name_constraint ? 0 : depth, alone.detail};
    }
    if (!allows_below(issuer, counted_below())) {
        return Failure{Reason::path_length, depth,
                       name + " allows " + std::to_string(X509_get_pathlen(issuer.x509())) +
                           " intermediates below it and has " + std::to_string(counted_below())};
    }
    const bool counts = !issuer.is_self_issued();
    if ((counts && counted_below() >= request_.max_depth) ||
        (!counts && self_issued_below_ >= budget_.self_issued)) {
        return Failure{
            Reason::max_depth, depth,
            "the path would need more than " + std::to_string(request_.max_depth) + " intermediates"};
    }
    if (!has_name_constraints(issuer)) return std::nullopt;
    auto path = certificates_of(path_);
    path.push_back(candidate.certificate);
    auto judgement = judge_constraints_so_far(path, request_);
    if (judgement.ok()) return std::nullopt;
    return std::move(judgement.failure);
}

/// By itself, or by constraints on the names of the end entity, which is on every path.
const Failure& PathSearch::intermediate_failure(const CertificatePtr& certificate) {
    const auto known = intermediate_failures_.find(certificate->sha256());
    if (known != intermediate_failures_.end()) return known->second;
    Failure failure = judge_intermediate(certificate, request_).failure;
    if (failure.reason == Reason::ok) failure = end_entity_constraint(certificate);
    if (failure.reason == Reason::ok) sound_issuers_.push_back(certificate);
    return intermediate_failures_.emplace(certificate->sha256(), std::move(failure)).first->second;
}

bool PathSearch::is_bad_anchor(const CertificatePtr& certificate) {
    return !judge_anchor(certificate, request_).ok() ||
           end_entity_constraint(certificate).reason != Reason::ok;
}

Failure PathSearch::end_entity_constraint(const CertificatePtr& issuer) const {
    if (!has_name_constraints(*issuer)) return {};
    return judge_constraints_so_far({path_.front().certificate, issuer}, request_).failure;
}

bool PathSearch::verifies(const Certificate& child, const Certificate& issuer) {
    if (!memo_.knows(child, issuer)) {
        const auto work = SignatureMemo::estimate(child, issuer);
        if (signature_work_ + work > budget_.signatures) {
            spent_ = "as many signatures were checked as one server is worth";
            return false;
        }
        signature_work_ += work;
    }
    return memo_.verifies(child, issuer);
}

bool PathSearch::may_judge(const std::vector<Candidate>& path) {
    auto work = budget_.path_judging_cost * path.size();
    for (std::size_t i = 0; i + 1 < path.size(); ++i)
        work += SignatureMemo::estimate(*path[i].certificate, *path[i + 1].certificate);
    if (judging_work_ > std::chrono::microseconds{0} && judging_work_ + work > budget_.judging) {
        spent_ = std::to_string(paths_) + " paths were tried";
        return false;
    }
    judging_work_ += work;
    return true;
}

bool PathSearch::is_self_signed(const Certificate& certificate) {
    return certificate.is_self_issued() && verifies(certificate, certificate);
}

bool PathSearch::is_on_path(const Certificate& certificate) const {
    return std::any_of(path_.begin(), path_.end(), [&](const Candidate& element) {
        return is_same_entity(*element.certificate, certificate);
    });
}

/// Breadth first by the number of counted intermediates, through certificates that are good by themselves and
/// not on the path. Says yes too often (it knows nothing of name constraints), never no wrongly.
bool PathSearch::can_reach_anchor(const Candidate& from) {
    struct Stop {
        const Certificate* certificate;
        int counted;  // on the path up to and including this one
    };
    const auto counted_with = [&](const Certificate& certificate, int below) {
        return below + (certificate.is_self_issued() ? 0 : 1);
    };
    std::map<Sha256, int> best;
    std::deque<Stop> open{{from.certificate.get(), counted_with(*from.certificate, counted_below())}};
    while (!open.empty()) {
        const Stop stop = open.front();
        open.pop_front();
        const auto seen = best.find(stop.certificate->sha256());
        if (seen != best.end() && seen->second <= stop.counted) continue;
        best[stop.certificate->sha256()] = stop.counted;
        for (const Candidate& candidate : candidates_.of(*stop.certificate)) {
            const Certificate& issuer = *candidate.certificate;
            if (!allows_below(issuer, stop.counted) || is_on_path(issuer)) continue;
            if (!verifies(*stop.certificate, issuer)) {
                if (done()) return false;
                continue;
            }
            if (candidate.is_anchor && bad_anchors_.count(issuer.sha256()) == 0) return true;
            const int counted = counted_with(issuer, stop.counted);
            if (counted > request_.max_depth ||
                intermediate_failure(candidate.certificate).reason != Reason::ok) {
                continue;
            }
            if (counted == stop.counted) {
                open.push_front({&issuer, counted});
            } else {
                open.push_back({&issuer, counted});
            }
        }
    }
    return false;
}

void PathSearch::note_dead_end(bool has_namesakes) {
    const Certificate& last = *path_.back().certificate;
    const int depth = static_cast<int>(path_.size()) - 1;
    Failure failure{Reason::issuer_not_found, depth, ""};
    if (is_self_signed(last)) {
        failure.reason = Reason::untrusted_root;
        failure.detail = depth == 0 ? "the certificate of " + last.display_name() +
                                          " is self-signed and is not in the trust store"
                                    : "\"" + last.display_name() + "\" is not in the trust store";
    } else if (has_namesakes) {
        failure.reason = Reason::bad_signature;
        failure.detail = "no certificate named \"" + last.issuer_display_name() +
                         "\" has the key that signed " +
                         (depth == 0 ? "the certificate of " : "the intermediate ") + last.display_name();
    } else {
        failure.detail = "the issuer \"" + last.issuer_display_name() + "\" of " + last.display_name() +
                         " was not sent and is not known";
    }
    FailedPath failed{path_, std::move(failure), false, true};
    if (dead_ends_.size() < max_failed_paths) dead_ends_.push_back(failed);
    note(std::move(failed));
}

void PathSearch::note(FailedPath failed) {
    const auto place = std::upper_bound(failed_.begin(), failed_.end(), failed, tells_more);
    failed_.insert(place, std::move(failed));
    if (failed_.size() > max_failed_paths) failed_.pop_back();
}

}  // namespace chainmend::certs
