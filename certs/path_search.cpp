#include "certs/path_search.h"

#include <openssl/x509.h>

#include <algorithm>
#include <deque>
#include <tuple>

#include "certs/partial_path.h"
#include "certs/path_account.h"

namespace chainmend::certs {
namespace {

/// From this many certificates on, the search looks before each step whether an anchor can still be reached.
/// Most graphs are done long before; in a mesh it is what keeps the number of steps in proportion to the
/// number of paths.
constexpr int nodes_before_looking_ahead = 24;

bool is_same_entity(const Certificate& a, const Certificate& b) {
    return a.spki_sha256() == b.spki_sha256() &&
           X509_NAME_cmp(X509_get_subject_name(a.x509()), X509_get_subject_name(b.x509())) == 0;
}

/// RFC 5280 section 4.2.1.9.
bool allows_below(const Certificate& issuer, int counted) {
    const long limit = X509_get_pathlen(issuer.x509());
    return limit < 0 || counted <= limit;
}

}  // namespace

bool tells_more(const FailedPath& a, const FailedPath& b) {
    const auto telling = [](const FailedPath& failed) {
        return std::make_tuple(rank(failed.failure.reason), failed.reached_anchor, failed.path.size());
    };
    return telling(a) > telling(b);
}

PathSearch::PathSearch(const CertificatePtr& end_entity, CandidateIssuers& candidates, SignatureMemo& memo,
                       const VerifyRequest& request, const SearchBudget& budget)
    : candidates_(candidates),
      memo_(memo),
      request_(request),
      budget_(budget),
      judgements_(end_entity, request),
      path_{{end_entity, Source::server, "", false}} {}

std::optional<GoodPath> PathSearch::run() {
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
    if (judgements_.is_bad_anchor(candidate.certificate)) {
        bad_anchors_.insert(candidate.certificate->sha256());
        alive_.clear();
    }
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
    path_.push_back(
        {candidate.certificate, candidate.source, candidate.origin, false, candidate.obtained_at});
    extend();
    path_.pop_back();
    --counter;
}

/// What is wrong with the path that ends in `candidate` whatever comes above it.
std::optional<Failure> PathSearch::obstacle(const Candidate& candidate) {
    const Certificate& issuer = *candidate.certificate;
    const int depth = static_cast<int>(path_.size());
    const std::string name = "the intermediate " + issuer.display_name();
    if (const Failure& alone = judgements_.of_intermediate(candidate.certificate);
        alone.reason != Reason::ok) {
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
    if (X509_get_ext_by_NID(issuer.x509(), NID_name_constraints, -1) < 0) return std::nullopt;
    auto path = certificates_of(path_);
    path.push_back(candidate.certificate);
    auto judgement = judge_constraints_so_far(path, request_);
    if (judgement.ok()) return std::nullopt;
    return std::move(judgement.failure);
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
    std::chrono::microseconds revocation{};
    for (const auto& given : request_.crls)
        revocation += 2 * SignatureMemo::hashing(given.crl->size());  // to acquit and to revoke
    const bool is_first = judging_work_ == std::chrono::microseconds{0};
    if (!is_first &&
        (judging_work_ + work > budget_.judging || revocation_work_ + revocation > budget_.revocation)) {
        spent_ = std::to_string(paths_) + " paths were tried";
        return false;
    }
    judging_work_ += work;
    revocation_work_ += revocation;
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

/// Says yes too often (it knows nothing of name constraints), never no wrongly.
bool PathSearch::can_reach_anchor(const Candidate& from) {
    const Certificate& start = *from.certificate;
    if (is_dead(start) || done()) return false;
    std::map<Sha256, int> reached;
    return look_for_anchor(start, true, reached);
}

/// No anchor is above it, whatever path leads to it. What the look around came by is dead as well, so that a
/// mesh without an exit is looked over once.
bool PathSearch::is_dead(const Certificate& certificate) {
    if (dead_.count(certificate.sha256()) != 0) return true;
    if (alive_.count(certificate.sha256()) != 0) return false;
    std::map<Sha256, int> reached;
    if (look_for_anchor(certificate, false, reached) || done()) {
        alive_.insert(certificate.sha256());
        return false;
    }
    for (const auto& [sha256, counted] : reached)
        dead_.insert(sha256);
    return true;
}

/// Breadth first by the number of counted intermediates, through certificates that are good by themselves;
/// from `start` put on the path, and no (subject, key) twice, if `on_this_path`. `reached`: the number of
/// counted intermediates with which each certificate was reached.
bool PathSearch::look_for_anchor(const Certificate& start, bool on_this_path,
                                 std::map<Sha256, int>& reached) {
    struct Stop {
        const Certificate* certificate;
        int counted;  // on the path up to and including this one
    };
    const auto counted_with = [&](const Certificate& certificate, int below) {
        return below + (certificate.is_self_issued() ? 0 : 1);
    };
    const auto was_reached = [&](const Certificate& certificate, int counted) {
        const auto known = reached.find(certificate.sha256());
        return known != reached.end() && (!on_this_path || known->second <= counted);
    };
    const auto is_passable = [&](const Certificate& issuer, int counted_below_it) {
        return !on_this_path || (allows_below(issuer, counted_below_it) && !is_on_path(issuer));
    };
    std::deque<Stop> open{{&start, counted_with(start, counted_below())}};
    while (!open.empty()) {
        const Stop stop = open.front();
        open.pop_front();
        if (was_reached(*stop.certificate, stop.counted)) continue;
        reached[stop.certificate->sha256()] = stop.counted;
        for (const Candidate& candidate : candidates_.of(*stop.certificate)) {
            const Certificate& issuer = *candidate.certificate;
            const int counted = counted_with(issuer, stop.counted);
            const bool is_way_out = candidate.is_anchor && bad_anchors_.count(issuer.sha256()) == 0;
            if (!is_way_out && was_reached(issuer, counted)) continue;
            if (!is_passable(issuer, stop.counted) || !verifies(*stop.certificate, issuer)) {
                if (done()) return false;
                continue;
            }
            if (is_way_out) return true;
            if (on_this_path && counted > request_.max_depth) continue;
            if (judgements_.of_intermediate(candidate.certificate).reason != Reason::ok) continue;
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
