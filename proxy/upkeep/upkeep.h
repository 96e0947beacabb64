#pragma once

#include <chrono>
#include <functional>

#include "proxy/dial_parts.h"
#include "proxy/upkeep/issuer_renewal.h"
#include "proxy/upkeep/list_refresh.h"

namespace chainmend::proxy {

/// Everything that the running proxy does by itself. Begins when it is made; destroyed before its loop.
class Upkeep {
  public:
    /// Runs on `loop`, under the snapshot in force. Both outlive it. `reload` reads everything anew, which
    /// renews a signing CA that is near its end; whether it is, is asked every `look_at_ca_every`.
    Upkeep(EventLoop& loop, SharedParts& shared, std::chrono::milliseconds look_at_ca_every,
           std::function<void()> reload);

    /// After a reload.
    void take_up_snapshot();

    const RenewalStatus& renewals() const { return renewal_.status(); }
    std::optional<ListStatus> list() const { return list_.status(); }

  private:
    void look_at_ca_later();

    SharedParts& shared_;
    EventLoop& loop_;
    const std::chrono::milliseconds look_at_ca_every_;
    const std::function<void()> reload_;
    DialParts dial_parts_;
    IssuerRenewal renewal_;
    ListRefresh list_;
    OperationPtr next_look_;
};

}  // namespace chainmend::proxy
