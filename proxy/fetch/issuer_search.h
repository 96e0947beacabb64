#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "certs/path_builder.h"
#include "certs/signature_memo.h"
#include "proxy/fetch/issuer_fetcher.h"
#include "proxy/io/operation.h"

namespace chainmend::proxy {

struct IssuerSearchLimits {
    int max_urls = 5;                         ///< http URLs of one certificate that are looked at
    int max_fetches = 8;                      ///< of the handshake: what is left of them
    std::chrono::milliseconds deadline{};     ///< of the handshake: what is left of it
    std::chrono::milliseconds hedge_after{};  ///< the next URL is started when none has answered for so long
};

struct IssuerSearchOutcome {
    certs::IssuerAnswer answer;
    int fetches = 0;  ///< begun, of max_fetches
};

/// Looks for the issuer of one certificate at its caIssuers URLs, in their order: the next one is started
/// when the previous failed or is slow. The first that brings a certificate that verifies the child ends the
/// search, and whatever is still under way is dropped. The answer holds that certificate, and of those that
/// came with it the ones that verify it in turn, and a Fetch for every URL, also for those that were skipped.
///
/// `fetcher` and `memo` must outlive the operation.
OperationPtr start_issuer_search(IssuerFetcher& fetcher, const certs::NeedIssuer& need, Reach origin,
                                 const IssuerSearchLimits& limits, certs::SignatureMemo& memo,
                                 std::function<void(IssuerSearchOutcome)> completion);

}  // namespace chainmend::proxy
