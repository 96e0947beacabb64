#include "certs/candidate_issuers.h"

#include <openssl/x509.h>

#include <algorithm>
#include <tuple>

namespace chainmend::certs {
namespace {

/// 0 match, 1 nothing to compare, 2 mismatch.
int key_id_distance(const Certificate& child, const Certificate& issuer) {
    const Bytes& wanted = child.authority_key_id();
    const Bytes& has = issuer.subject_key_id();
    if (wanted.empty() || has.empty()) return 1;
    return wanted == has ? 0 : 2;
}

bool is_valid_at(const Certificate& certificate, Time at) {
    const auto begin = certificate.not_before();
    const auto end = certificate.not_after();
    return begin && end && *begin <= at && at <= *end;
}

/// What was put together from a file is in the store since no particular time.
std::optional<Time> known_time(Time stored_at) {
    return stored_at == Time{} ? std::nullopt : std::optional<Time>(stored_at);
}

}  // namespace

CandidateIssuers::CandidateIssuers(const TrustStore& trust, const IssuerStore* store,
                                   const PresentedChain& presented,
                                   const std::vector<CertificatePtr>& untrusted, Time at)
    : trust_(trust), store_(store), at_(at) {
    const auto& sent = presented.certificates;
    const std::size_t looked_at = std::min(sent.size(), max_presented + 1);
    cut_off_ = looked_at < sent.size();
    for (std::size_t i = 1; i < looked_at; ++i)
        add_material(sent[i], Source::server, "");
    for (const auto& certificate : untrusted)
        add_material(certificate, Source::untrusted, "");
}

void CandidateIssuers::add_material(CertificatePtr certificate, Source source, std::string origin) {
    if (!known_.insert(certificate->sha256()).second) return;
    material_by_subject_.emplace(X509_get_subject_name(certificate->x509()), material_.size());
    material_.push_back({std::move(certificate), source, std::move(origin), false});
}

bool CandidateIssuers::add_fetched(FetchedIssuer issuer) {
    if (!known_.insert(issuer.certificate->sha256()).second) return false;
    fetched_.push_back({std::move(issuer.certificate), Source::aia, std::move(issuer.url), false, at_});
    sorted_.clear();
    return true;
}

const std::vector<Candidate>& CandidateIssuers::of(const Certificate& child) {
    if (const auto known = sorted_.find(child.sha256()); known != sorted_.end()) return known->second;
    auto candidates = collect(child);
    sort(candidates, child);
    note_consulted(candidates);
    if (candidates.size() > max_candidates) {
        candidates.resize(max_candidates);
        cut_off_ = true;
    }
    return sorted_.emplace(child.sha256(), std::move(candidates)).first->second;
}

void CandidateIssuers::note_consulted(const std::vector<Candidate>& candidates) {
    for (const Candidate& candidate : candidates) {
        if (candidate.source == Source::server || candidate.source == Source::aia) continue;
        if (!noted_.insert(candidate.certificate->sha256()).second) continue;
        consulted_.push_back(
            {{candidate.certificate, candidate.source, candidate.origin, std::nullopt, candidate.obtained_at},
             answers_});
    }
}

std::vector<Candidate> CandidateIssuers::collect(const Certificate& child) const {
    std::vector<Candidate> found;
    std::set<Sha256> taken;
    const auto take = [&](Candidate candidate) {
        if (taken.insert(candidate.certificate->sha256()).second) found.push_back(std::move(candidate));
    };
    const X509_NAME* wanted = X509_get_issuer_name(child.x509());
    for (const Anchor* anchor : trust_.issuers_of(child))
        take({anchor->certificate, Source::trust, anchor->origin, true});
    const auto [first, last] = material_by_subject_.equal_range(wanted);
    for (auto it = first; it != last; ++it)
        take(material_[it->second]);
    if (store_ != nullptr) {
        for (const StoredIssuer& stored : store_->issuers_of(child))
            take({stored.certificate, stored.source, stored.origin, false, known_time(stored.stored_at)});
    }
    for (const Candidate& candidate : fetched_) {
        if (X509_NAME_cmp(X509_get_subject_name(candidate.certificate->x509()), wanted) == 0) take(candidate);
    }
    return found;
}

void CandidateIssuers::sort(std::vector<Candidate>& candidates, const Certificate& child) const {
    const auto order = [&](const Candidate& candidate) {
        const Certificate& issuer = *candidate.certificate;
        const Time newest_first = issuer.not_before().value_or(Time::min() + std::chrono::seconds{1});
        return std::make_tuple(!candidate.is_anchor, key_id_distance(child, issuer),
                               !is_valid_at(issuer, at_), -newest_first.time_since_epoch().count());
    };
    std::stable_sort(candidates.begin(), candidates.end(),
                     [&](const Candidate& a, const Candidate& b) { return order(a) < order(b); });
}

}  // namespace chainmend::certs
