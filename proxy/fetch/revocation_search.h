#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "certs/revocation_check.h"
#include "proxy/fetch/issuer_fetcher.h"
#include "proxy/files/revocation_store.h"
#include "proxy/io/operation.h"

namespace chainmend::proxy {

struct RevocationSearchRequest {
    std::unique_ptr<certs::RevocationCheck> check;  ///< never null
    Time now{};
    Reach origin = Reach::public_internet;  ///< decides where the certificates may point
    /// For everything, and for how many fetches. What is not known by then stays unknown.
    std::chrono::milliseconds budget{};
    int max_fetches = 8;
    /// How long one place may keep the next one waiting.
    std::chrono::milliseconds hedge_after{250};
    bool nonce = false;                                ///< verify.ocsp_nonce
    std::shared_ptr<RevocationStore> store = nullptr;  ///< null: nothing is kept
    /// Runs what writes to the disk. May be empty.
    std::function<void(std::function<Result<void>()>)> on_disk = {};
};

/// Runs a RevocationCheck to its verdict: for each certificate an OCSP response that is kept, then the OCSP
/// responders and at last the distribution points, by HTTP under the egress policy, one flight for all
/// workers. The lists that are kept (RevocationStore::lists_for) the check has among those at hand. All
/// certificates are asked about at once, and the next place when the one before it has failed or is slow:
/// whoever hangs keeps nobody else from being heard. What told something is kept until its nextUpdate.
///
/// OCSP is asked with GET, which caches can answer; with POST (RFC 6960 appendix A.1) where the request is
/// too long for GET, or what GET brought was no use.
///
/// `fetcher` must outlive the operation. A verdict that needs no fetch comes in the next round of the loop.
OperationPtr start_revocation_search(IssuerFetcher& fetcher, RevocationSearchRequest request,
                                     std::function<void(certs::Verdict)> completion);

/// Where an OCSP request is sent with GET (RFC 6960 appendix A.1): the responder's URL, "/" and the request
/// in base64, percent-encoded.
std::string ocsp_get_url(const std::string& responder, const Bytes& request);

}  // namespace chainmend::proxy
