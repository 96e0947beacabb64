#pragma once

#include "proxy/admin/status.h"
#include "proxy/report/json.h"

namespace chainmend::proxy {

/// The status as one JSON object: `/status` and `chainmend status --json`. Every field is always there.
Json status_json(const Status& status);

}  // namespace chainmend::proxy
