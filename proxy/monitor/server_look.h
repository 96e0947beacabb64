#pragma once

#include <functional>
#include <vector>

#include "proxy/http/authority.h"
#include "proxy/report/check_report.h"
#include "proxy/shared_parts.h"

namespace chainmend::proxy {

/// What a look at one name found: one entry for each address that showed certificates, in the order of the
/// resolver, the first of which names those that showed none; a single one when none did, or where one is
/// all there is.
using LookOutcome = std::vector<CheckedHost>;

/// Dials `server` under the snapshot in force as for a client, at each address of its name one after the
/// other, so that the one machine behind it that was forgotten is found too. Where an upstream proxy looks
/// names up there is only the name. Addresses that can not be reached count only when all can not: clients
/// take another.
OperationPtr start_server_look(WorkerParts& parts, const Authority& server,
                               std::function<void(LookOutcome)> completion);

/// Addresses of one name that are looked at.
inline constexpr std::size_t max_addresses_looked_at = 8;

}  // namespace chainmend::proxy
