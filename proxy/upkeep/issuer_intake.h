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
    std::string trouble;  ///< why the store's directory does not have them, or empty
};

/// Chooses from `offered` by the rules of an import and adds what was chosen to the store of `snapshot`, in
/// memory and on disk. `source` and `origin` stay with each issuer. Blocks; from any thread.
IssuerIntake take_in(const Snapshot& snapshot, const std::vector<certs::CertificatePtr>& offered,
                     certs::Source source, const std::string& origin, Time now);

}  // namespace chainmend::proxy
