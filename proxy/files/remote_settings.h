#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "certs/distrust.h"
#include "config/bytes.h"
#include "config/result.h"

namespace chainmend::proxy {

/// What Mozilla's Remote Settings collections "security-state/onecrl" and "security-state/intermediates" say.
struct RemoteSettings {
    certs::DistrustList revoked;
    std::set<Sha256> disclosed;
    std::vector<std::string> problems;  ///< records that make no sense, a line each, at most max_problems
    static constexpr std::size_t max_problems = 100;
};

/// Reads either collection as Firefox ships it, {"data":[...]}, as the server gives it, {"changes":[...]}, or
/// the bare list of records. A record of OneCRL has issuerName and serialNumber, or subject and pubKeyHash;
/// one of the intermediates has derHash; all in base64, the names in DER. ErrorCode::malformed when it is no
/// JSON, no record is of either kind, or it is no whole list (a record was deleted): what a shorter list
/// lacks might be revoked.
Result<RemoteSettings> read_remote_settings(std::string_view json);

}  // namespace chainmend::proxy
