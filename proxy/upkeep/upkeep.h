#pragma once

#include <cstdint>
#include <vector>

#include "certs/signature_memo.h"
#include "proxy/counters.h"
#include "proxy/io/resolver.h"
#include "proxy/issuer_saver.h"
#include "proxy/upkeep/issuer_renewal.h"
#include "proxy/upkeep/list_refresh.h"

namespace chainmend::proxy {

/// Everything that the running proxy does by itself. Begins when it is made; destroyed before its loop.
class Upkeep {
  public:
    /// Runs on `loop`, under the snapshot in force. Both outlive it.
    Upkeep(EventLoop& loop, SharedParts& shared);

    /// After a reload.
    void take_up_snapshot();

    const RenewalStatus& renewals() const { return renewal_.status(); }
    std::optional<ListStatus> list() const { return list_.status(); }

  private:
    /// One TLS record of 16 KiB and what is left of another.
    static constexpr std::size_t plaintext_size = 32 * 1024;

    SharedParts& shared_;
    Resolver resolver_;
    IssuerSaver saver_;
    IssuerFetcher fetcher_;
    certs::SignatureMemo memo_;
    std::vector<std::uint8_t> plaintext_;
    Counters counters_;
    WorkerParts parts_;
    IssuerRenewal renewal_;
    ListRefresh list_;
};

}  // namespace chainmend::proxy
