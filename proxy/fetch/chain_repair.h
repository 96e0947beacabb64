#pragma once

#include <functional>
#include <memory>

#include "certs/path_builder.h"
#include "config/settings.h"
#include "proxy/fetch/egress_policy.h"
#include "proxy/fetch/issuer_fetcher.h"
#include "proxy/io/operation.h"

namespace chainmend::proxy {

struct ChainRepairRequest {
    /// Everything the verdict depends on; the repair owns it and runs it to its verdict. Never null.
    std::unique_ptr<certs::PathBuilder> builder;
    /// What the origin is, from the address it was connected at: decides where its certificates may point.
    Reach origin = Reach::public_internet;
    config::RepairSettings settings;
    /// Told of each fetched issuer that verified its child's signature, before the completion, when the
    /// verdict is accepted: what may enter the issuer store. May be empty.
    std::function<void(const certs::FetchedIssuer&)> learned;
};

/// Decides about a presented chain, fetching the issuers it lacks within the bounds of `settings`: at most
/// max_fetches fetches, and decided within `budget`, whatever the servers do. With repair or fetching
/// switched off, or `fetcher` null, it decides with what is there.
///
/// `fetcher` must outlive the operation. A verdict that needs no fetch comes in the next round of the loop.
OperationPtr start_chain_repair(EventLoop& loop, IssuerFetcher* fetcher, ChainRepairRequest request,
                                std::function<void(certs::Verdict)> completion);

}  // namespace chainmend::proxy
