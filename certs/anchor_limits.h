#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/bytes.h"
#include "config/time.h"

namespace chainmend::certs {

class Certificate;
class PathFindings;
struct VerifyRequest;

/// What a CA is not good for, although it or somebody above it is trusted.
struct AnchorLimit {
    std::vector<std::string> only_for = {};           ///< host patterns; empty: for every host
    std::optional<Time> issued_until = std::nullopt;  ///< vouches for no end entity that begins later
};

/// The limits of CAs, by SHA-256 of their certificate or of their public key. They hold wherever the CA
/// stands on a path, so that a cross-sign does not lift them. Immutable once made; safe to read from any
/// thread.
class AnchorLimits {
  public:
    /// What was said of the same one before is added to.
    void allow_only(const Sha256& fingerprint, const std::vector<std::string>& hosts);
    void allow_until(const Sha256& fingerprint, Time last);

    /// All that is said of this certificate, by either fingerprint.
    std::vector<const AnchorLimit*> of(const Certificate& certificate) const;
    /// What is said by this fingerprint, of a certificate or of a key; null: nothing.
    const AnchorLimit* by(const Sha256& fingerprint) const;
    bool empty() const { return limits_.empty(); }

  private:
    std::map<Sha256, AnchorLimit> limits_;
};

/// Every CA of the path may vouch for this end entity under this name (Reason::untrusted_root). Without a
/// name to verify, a CA that is for some hosts only is good for none.
void judge_anchor_limits(const std::vector<std::shared_ptr<const Certificate>>& path,
                         const VerifyRequest& request, PathFindings& findings);

}  // namespace chainmend::certs
