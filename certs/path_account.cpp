#include "certs/path_account.h"

#include <algorithm>

namespace chainmend::certs {
namespace {

/// Places in the presented chain of the certificates of `path`, those that were sent, in path order.
std::vector<std::size_t> places(const PresentedChain& presented, const std::vector<Candidate>& path) {
    std::vector<std::size_t> found;
    for (const Candidate& element : path) {
        const auto same = [&](const CertificatePtr& sent) {
            return sent->sha256() == element.certificate->sha256();
        };
        const auto at = std::find_if(presented.certificates.begin(), presented.certificates.end(), same);
        if (at != presented.certificates.end())
            found.push_back(static_cast<std::size_t>(at - presented.certificates.begin()));
    }
    return found;
}

}  // namespace

std::vector<PathElement> elements_of(const std::vector<Candidate>& path) {
    std::vector<PathElement> elements;
    for (const Candidate& candidate : path)
        elements.push_back(
            {candidate.certificate, candidate.source, candidate.origin, std::nullopt, candidate.obtained_at});
    return elements;
}

std::vector<CertificatePtr> certificates_of(const std::vector<Candidate>& path) {
    std::vector<CertificatePtr> certificates;
    certificates.reserve(path.size() + 1);
    for (const Candidate& candidate : path)
        certificates.push_back(candidate.certificate);
    return certificates;
}

void note_disclosure(std::vector<PathElement>& path, const std::set<Sha256>& disclosed) {
    for (std::size_t i = 1; i < path.size(); ++i) {
        PathElement& element = path[i];
        if (element.source == Source::trust || element.certificate->is_self_signed()) continue;
        element.disclosed = disclosed.contains(element.certificate->sha256());
    }
}

bool was_sent(const std::vector<Candidate>& path) {
    return std::all_of(path.begin(), path.end(), [&](const Candidate& element) {
        return element.source == Source::server || &element == &path.back();
    });
}

How how_of(const std::vector<Candidate>& path, const PresentedChain& presented, bool sent_path_failed) {
    if (!was_sent(path)) return sent_path_failed ? How::alternate_path : How::repaired;
    const auto found = places(presented, path);
    for (std::size_t i = 0; i < found.size(); ++i) {
        if (found[i] != i) return How::reordered;
    }
    return How::as_sent;
}

MissingIssuer issuer_wanted_by(const Certificate& child) {
    return {child.issuer(), to_hex(child.authority_key_id())};
}

std::vector<MissingIssuer> missing_from(const std::vector<Candidate>& path) {
    std::vector<MissingIssuer> missing;
    for (std::size_t i = 1; i + 1 < path.size(); ++i) {
        if (path[i].source == Source::server) continue;
        const Certificate& issuer = *path[i].certificate;
        const Bytes& own = issuer.subject_key_id();
        missing.push_back(
            {issuer.subject(), to_hex(own.empty() ? path[i - 1].certificate->authority_key_id() : own)});
    }
    return missing;
}

std::vector<CertificatePtr> superfluous_in(const PresentedChain& presented,
                                           const std::vector<Candidate>& path) {
    std::set<Sha256> used;
    for (const Candidate& element : path)
        used.insert(element.certificate->sha256());
    std::vector<CertificatePtr> superfluous;
    for (const CertificatePtr& sent : presented.certificates) {
        // The second copy of a used certificate is superfluous too.
        if (used.erase(sent->sha256()) == 0) superfluous.push_back(sent);
    }
    return superfluous;
}

bool is_out_of_order(const PresentedChain& presented, const std::vector<Candidate>& path) {
    const auto found = places(presented, path);
    return !std::is_sorted(found.begin(), found.end());
}

std::optional<Expiry> earliest_expiry(const std::vector<Candidate>& path, Time at) {
    std::optional<Expiry> earliest;
    for (std::size_t i = 0; i < path.size(); ++i) {
        const auto end = path[i].certificate->not_after();
        if (!end || (earliest && earliest->at <= *end)) continue;
        earliest = Expiry{*end, whole_days(*end - at), static_cast<int>(i)};
    }
    return earliest;
}

}  // namespace chainmend::certs
