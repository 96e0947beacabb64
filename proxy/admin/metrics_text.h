#pragma once

#include <string>

#include "proxy/admin/status.h"

namespace chainmend::proxy {

/// The status in Prometheus's text format, version 0.0.4. Label values are this program's own words, so the
/// number of series is bounded: no host, no URL.
std::string metrics_text(const Status& status);

}  // namespace chainmend::proxy
