#pragma once

#include "proxy/dial_parts.h"
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
    DialParts dial_parts_;
    IssuerRenewal renewal_;
    ListRefresh list_;
};

}  // namespace chainmend::proxy
