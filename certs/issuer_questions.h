#pragma once

#include <map>
#include <optional>
#include <string>

#include "certs/path_search.h"

namespace chainmend::certs {

/// Whom to ask for issuers, in which order, and what came of it. Each URL of a certificate is asked for once.
class IssuerQuestions {
  public:
    /// Questions for one presented chain. Whoever runs the builder has tighter bounds (8 fetches); this one
    /// holds even for a runner without any.
    static constexpr int max_questions = 16;

    /// The most promising question that was not asked yet, or not about all of its URLs: the ends of paths
    /// that lack an issuer, the longest path first, then what lies leaf-ward of them, then the same for paths
    /// that failed otherwise. Nothing when there is no such certificate with a caIssuers URL, or
    /// max_questions were asked, or the last answer was the last.
    std::optional<NeedIssuer> next(const PathSearch& search);

    void answered(const IssuerAnswer& answer);
    /// No more questions.
    bool closed() const { return closed_; }
    /// What is reported for want of an issuer: the last reason an answer gave, ok for nothing particular.
    Reason closing_reason() const { return closing_reason_; }

    /// "not found (404)" and the like: what came of the question about `child`; empty when it was not asked.
    std::string outcome(const Certificate& child) const;

  private:
    std::optional<NeedIssuer> along(const FailedPath& failed);
    std::optional<NeedIssuer> about(const CertificatePtr& child);

    struct Asked {
        std::string outcome;
        std::vector<std::string> untried;
    };
    std::map<Sha256, Asked> asked_;  // by the certificate asked about
    int questions_ = 0;
    std::optional<Sha256> pending_;
    bool closed_ = false;
    Reason closing_reason_ = Reason::ok;
};

}  // namespace chainmend::certs
