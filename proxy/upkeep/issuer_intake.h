#pragma once

#include <string>
#include <vector>

#include "certs/issuer_store.h"
#include "proxy/files/issuer_import.h"
#include "proxy/snapshot.h"

namespace chainmend::proxy {

/// What came of offering certificates to the issuer store.
struct IssuerIntake {
    ImportOutcome outcome;
    std::size_t gone = 0;  ///< issuers that were dropped
    std::string trouble;   ///< why the store's directory does not have them, or empty
};

/// Takes all of a list as it is now: what is new in it and stands the rules of an import comes, what came
/// from it before and is not in it any more goes, in one step. `url` is the list's.
IssuerIntake take_in_list(const Snapshot& snapshot, const std::vector<certs::CertificatePtr>& list,
                          const std::string& url, Time now);

/// Chooses from `offered`, which came from where `renewed` did, by the rules of an import and adds what was
/// chosen to the store of `snapshot`, in memory and on disk, as if each had been there in place of `renewed`:
/// with its source, URL and network. Blocks; from any thread.
IssuerIntake take_in_renewal(const Snapshot& snapshot, const std::vector<certs::CertificatePtr>& offered,
                             const certs::StoredIssuer& renewed, Time now);

}  // namespace chainmend::proxy
