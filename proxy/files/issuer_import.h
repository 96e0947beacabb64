#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "certs/distrust.h"
#include "certs/issuer_store.h"
#include "certs/trust_store.h"
#include "config/time.h"

namespace chainmend::proxy {

/// Why a certificate that was offered does not enter the issuer store.
enum class ImportRefusal {
    not_a_ca,
    self_signed,  ///< a root: it would only be useful as an anchor, and no import makes anchors
    expired,
    revoked,     ///< on the list of distrusted certificates
    unanchored,  ///< no signature leads from it to a current anchor
};
const char* to_string(ImportRefusal refusal);

/// What came of an import.
struct ImportOutcome {
    std::vector<certs::StoredIssuer> taken;
    std::size_t known = 0;  ///< in the store already, or offered twice
    std::map<ImportRefusal, std::size_t> refused;
};

struct ImportOptions {
    std::string origin;  ///< the file or URL, kept with each issuer
    Time now{};
    /// Take CA certificates that lead to no anchor as well: for anchors that will be configured later.
    bool keep_unanchored = false;
    /// Called now and then with certificates done and in all. May be empty.
    std::function<void(std::size_t done, std::size_t all)> progress;
};

/// Decides which of `offered` enter the issuer store: CA certificates that are not expired, not self-signed,
/// not distrusted, and from which verified signatures lead, through others that were offered or are in
/// `store`, to an anchor that has not expired. Names choose whose signature is tried; only signatures count.
/// Changes nothing: the caller adds `taken` to the store and its directory.
ImportOutcome choose_issuers(const std::vector<certs::CertificatePtr>& offered,
                             const certs::TrustStore& trust, const certs::IssuerStore& store,
                             const certs::Distrust& distrust, const ImportOptions& options);

}  // namespace chainmend::proxy
