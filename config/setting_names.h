#pragma once

#include <optional>
#include <string_view>

#include "config/settings.h"

namespace chainmend::config {

const char* to_string(Revocation value);
const char* to_string(FailureStyle value);
const char* to_string(HostAction value);

}  // namespace chainmend::config
