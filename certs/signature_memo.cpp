#include "certs/signature_memo.h"

#include <openssl/err.h>
#include <openssl/x509.h>

namespace chainmend::certs {

bool SignatureMemo::verifies(const Certificate& child, const Certificate& issuer) {
    const auto edge = std::make_pair(child.sha256(), issuer.spki_sha256());
    if (const auto known = known_.find(edge); known != known_.end()) return known->second;
    if (known_.size() >= capacity) known_.clear();
    ++checked_;
    EVP_PKEY* key = X509_get0_pubkey(issuer.x509());
    const bool good = key != nullptr && X509_verify(child.x509(), key) == 1;
    if (!good) ERR_clear_error();
    known_.emplace(edge, good);
    return good;
}

bool SignatureMemo::knows(const Certificate& child, const Certificate& issuer) const {
    return known_.count({child.sha256(), issuer.spki_sha256()}) != 0;
}

}  // namespace chainmend::certs
