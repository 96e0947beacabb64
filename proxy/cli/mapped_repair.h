#pragma once

#include <chrono>

#include "certs/path_builder.h"
#include "certs/signature_memo.h"
#include "config/settings.h"
#include "proxy/cli/aia_map.h"

namespace chainmend::proxy {

/// Runs a path builder to its verdict without a network: what it lacks comes from `map`, under the bounds
/// that a real repair has (URLs a certificate, fetches, budget; the second URL is started when the first is
/// slow). `map` may be null: then nothing can be fetched. Time does not really pass.
class MappedRepair {
  public:
    MappedRepair(const AiaMap* map, const config::RepairSettings& settings,
                 std::chrono::milliseconds fetch_timeout)
        : map_(map), settings_(settings), fetch_timeout_(fetch_timeout) {}

    certs::Verdict run(certs::PathBuilder& builder);

  private:
    struct Flight;
    certs::IssuerAnswer answer(const certs::NeedIssuer& need);
    std::vector<std::string> usable_urls(const certs::NeedIssuer& need, certs::IssuerAnswer& answer) const;
    std::vector<Flight> fly(const certs::NeedIssuer& need, const std::vector<std::string>& urls,
                            certs::IssuerAnswer& answer);
    Flight launch(const certs::Certificate& child, const std::string& url, std::chrono::milliseconds start);

    const AiaMap* map_;
    const config::RepairSettings settings_;
    const std::chrono::milliseconds fetch_timeout_;
    certs::SignatureMemo memo_;
    std::map<std::string, MappedFetch> fetched_;
    std::chrono::milliseconds elapsed_{};  // of the budget
    std::int64_t fetches_ = 0;
};

}  // namespace chainmend::proxy
