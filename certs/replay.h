#pragma once

#include <memory>
#include <vector>

#include "certs/evidence.h"

namespace chainmend::certs {

/// A verdict's chain and evidence, to be decided again.
struct ReplayQuestion {
    std::vector<CertificatePtr> presented;
    Evidence evidence;                           ///< the time, name and profile asked for are in its request
    std::vector<Fetch> fetches;                  ///< of the verdict; the answers tell which belong to which
    std::vector<Anchor> more_anchors;            ///< trusted beside those that were known then
    std::vector<CertificatePtr> more_presented;  ///< as if the server had sent these too
};

/// Decides again with the code of today and exactly what was known then: the same anchors, the same issuers,
/// and the same answers to the same questions, of revocation too. A question that was not asked then gets no
/// answer, and ends the questions. Unchanged evidence gives the same verdict; only `stats.signatures` may
/// differ, because the memo of signatures checked earlier is not kept.
Verdict replay(const ReplayQuestion& question);

}  // namespace chainmend::certs
