#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "certs/candidate_issuers.h"
#include "certs/issuer_judgements.h"
#include "certs/signature_memo.h"

namespace chainmend::certs {

/// What one search may cost, in work and not by a clock, so that the same question has the same answer on
/// every machine. Together the bounds keep the worst case near 100 ms; ordinary paths need less than 1 ms.
struct SearchBudget {
    /// As SignatureMemo::estimate has it: 500 signatures of P-256. A mesh of 3^18 paths needs 154.
    std::chrono::microseconds signatures = std::chrono::milliseconds{40};
    /// Of complete paths: the signatures, which libcrypto checks again, and path_judging_cost for each
    /// certificate. About 120 paths of the usual length.
    std::chrono::microseconds judging = std::chrono::milliseconds{40};
    static constexpr std::chrono::microseconds path_judging_cost{40};
    /// Of complete paths: hashing the given CRLs, which libcrypto does for each path anew. Some public CRLs
    /// have 10 MiB, 25 ms; no run of `verify` may take more than 5 s.
    std::chrono::microseconds revocation = std::chrono::seconds{1};
    /// Certificates put on the path. Each may look over the whole graph for a way to an anchor.
    int nodes = 2000;
    /// Self-issued intermediates do not count for max_depth (RFC 5280 section 6.1.4(l)); rekeyed CAs use one,
    /// so this many on one path are plenty.
    int self_issued = 16;
};

/// A path that failed, as candidates, the end entity first.
struct FailedPath {
    std::vector<Candidate> path;
    Failure failure;
    bool reached_anchor = false;
    /// Its last certificate is fine and lacks an issuer that verifies it.
    bool is_dead_end = false;
};

/// By rank of the reason, then whether it reached an anchor, then the length.
bool tells_more(const FailedPath& a, const FailedPath& b);

struct GoodPath {
    std::vector<Candidate> path;  ///< end entity first, anchor last
    std::vector<Warning> warnings;
};

/// One depth-first search from an end entity certificate to a trust anchor, through what CandidateIssuers
/// knows.
///
/// Exhaustive within its budget: it turns back early only where partial_path.h says that no anchor could mend
/// what is wrong, or where no anchor can be reached any more. A (subject, key) pair is never on a path twice.
class PathSearch {
  public:
    /// Failed paths kept: what a person can read, and enough certificates to ask about.
    static constexpr std::size_t max_failed_paths = 64;

    /// What it is given must outlive it.
    PathSearch(const CertificatePtr& end_entity, CandidateIssuers& candidates, SignatureMemo& memo,
               const VerifyRequest& request, const SearchBudget& budget);

    /// Once.
    std::optional<GoodPath> run();

    /// Most telling first.
    const std::vector<FailedPath>& failed() const { return failed_; }
    /// In the order found, at most max_failed_paths.
    const std::vector<FailedPath>& dead_ends() const { return dead_ends_; }
    /// Every intermediate that verified some certificate and is good by itself, each once, in the order met:
    /// an issuer for any of them could open another path.
    const std::vector<CertificatePtr>& sound_issuers() const { return judgements_.sound(); }
    /// Which budget stopped the search: "150 paths", or nothing.
    const std::string& spent() const { return spent_; }
    int paths() const { return paths_; }
    int nodes() const { return nodes_; }

  private:
    void extend();
    bool done() const { return good_.has_value() || !spent_.empty(); }
    void try_as_anchor(const Candidate& candidate);
    void try_as_intermediate(const Candidate& candidate);
    std::optional<Failure> obstacle(const Candidate& candidate);
    void note_dead_end(bool has_namesakes);
    void note(FailedPath failed);

    bool verifies(const Certificate& child, const Certificate& issuer);
    bool may_judge(const std::vector<Candidate>& path);
    bool is_self_signed(const Certificate& certificate);
    bool is_on_path(const Certificate& certificate) const;
    bool can_reach_anchor(const Candidate& from);
    bool is_dead(const Certificate& certificate);
    bool look_for_anchor(const Certificate& start, bool on_this_path, std::map<Sha256, int>& reached);
    /// Intermediates on the path so far that count for path lengths and max_depth.
    int counted_below() const { return counted_below_; }

    CandidateIssuers& candidates_;
    SignatureMemo& memo_;
    const VerifyRequest& request_;
    const SearchBudget budget_;
    IssuerJudgements judgements_;

    std::vector<Candidate> path_;
    int counted_below_ = 0;
    int self_issued_below_ = 0;
    std::chrono::microseconds signature_work_{};
    std::chrono::microseconds judging_work_{};
    std::chrono::microseconds revocation_work_{};
    int paths_ = 0;
    int nodes_ = 0;
    std::string spent_;
    std::optional<GoodPath> good_;
    std::vector<FailedPath> failed_;
    std::vector<FailedPath> dead_ends_;
    std::set<Sha256> bad_anchors_;
    std::set<Sha256> dead_;   // no anchor is above these
    std::set<Sha256> alive_;  // some anchor is, unless it turns out to be bad
};

}  // namespace chainmend::certs
