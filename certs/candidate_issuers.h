#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "certs/evidence.h"
#include "certs/issuer_store.h"
#include "certs/path_builder.h"
#include "certs/trust_store.h"

namespace chainmend::certs {

/// A certificate that could be the issuer of another one: its subject is that one's issuer.
struct Candidate {
    CertificatePtr certificate;
    Source source = Source::server;
    std::string origin;
    bool is_anchor = false;
    std::optional<Time> obtained_at = std::nullopt;  ///< see PathElement
};

/// Knows every certificate that may be put on a path, and for a child those that could have issued it, the
/// most promising first: an anchor, then one whose subject key id is the child's authority key id, then one
/// that is valid at the given time, then the newest, then by source (trust store, presented, untrusted,
/// issuer store, fetched). Key ids and validity only sort. Names are compared as X509_NAME_cmp does.
///
/// A certificate that several sources hold counts as coming from the first of them.
class CandidateIssuers {
  public:
    /// Certificates beyond the end entity's that are looked at of a presented chain. The 100 KiB that libssl
    /// takes for a chain hold 256 of the smallest certificates there are (400 bytes); files may hold more.
    static constexpr std::size_t max_presented = 1000;
    /// Candidates for one child. Public PKI has at most about 20 certificates of one CA name (cross-signs and
    /// renewals, CCADB 2026); what is beyond makes the search incomplete, see cut_off().
    static constexpr std::size_t max_candidates = 150;

    CandidateIssuers(const TrustStore& trust, const IssuerStore* store, const PresentedChain& presented,
                     const std::vector<CertificatePtr>& untrusted, Time at);

    /// False when it was known already.
    bool add_fetched(FetchedIssuer issuer);
    /// Valid until the next add_fetched().
    const std::vector<Candidate>& of(const Certificate& child);
    /// Every issuer that was not sent and that some of() has come upon, in that order, with the number of
    /// answered() calls before.
    const std::vector<ConsultedIssuer>& consulted() const { return consulted_; }
    /// A question was answered.
    void answered() { ++answers_; }
    /// Some certificate had more than max_candidates, or more than max_presented were sent.
    bool cut_off() const { return cut_off_; }

  private:
    void add_material(CertificatePtr certificate, Source source, std::string origin);
    void note_consulted(const std::vector<Candidate>& candidates);
    std::vector<Candidate> collect(const Certificate& child) const;
    void sort(std::vector<Candidate>& candidates, const Certificate& child) const;

    const TrustStore& trust_;
    const IssuerStore* const store_;
    const Time at_;
    std::vector<Candidate> material_;  // presented, untrusted
    std::vector<Candidate> fetched_;
    std::multimap<const X509_NAME*, std::size_t, NameOrder> material_by_subject_;
    std::set<Sha256> known_;
    std::map<Sha256, std::vector<Candidate>> sorted_;  // by child
    std::vector<ConsultedIssuer> consulted_;
    std::set<Sha256> noted_;
    std::size_t answers_ = 0;
    bool cut_off_ = false;
};

}  // namespace chainmend::certs
