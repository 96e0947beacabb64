#pragma once

#include <map>
#include <vector>

#include "certs/path_validator.h"

namespace chainmend::certs {

/// What is wrong with single issuers whatever path to one end entity certificate they are on: by themselves,
/// or because their name constraints refuse the end entity's names, which are on every path. Each is judged
/// once.
class IssuerJudgements {
  public:
    /// `request` must outlive this.
    IssuerJudgements(CertificatePtr end_entity, const VerifyRequest& request);

    /// As an intermediate. Reason ok: nothing is wrong with it alone. The depth counts from it (0) or is that
    /// of the end entity, for a name constraint.
    const Failure& of_intermediate(const CertificatePtr& issuer);
    /// As an anchor; not remembered.
    bool is_bad_anchor(const CertificatePtr& issuer) const;
    /// Those that were judged and found good, in the order they were asked for.
    const std::vector<CertificatePtr>& sound() const { return sound_; }

  private:
    Failure constraint_on_end_entity(const CertificatePtr& issuer) const;

    const CertificatePtr end_entity_;
    const VerifyRequest& request_;
    std::map<Sha256, Failure> failures_;
    std::vector<CertificatePtr> sound_;
};

}  // namespace chainmend::certs
