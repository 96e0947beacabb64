#pragma once

#include "config/result.h"
#include "config/settings.h"

namespace chainmend::proxy {

/// ErrorCode::configuration when a setting asks for protection or a way that this version does not have:
/// better not to start than to serve with less than was asked for.
Result<void> check_supported(const config::Settings& settings);

}  // namespace chainmend::proxy
