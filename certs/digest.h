#pragma once

#include "config/bytes.h"

namespace chainmend::certs {

Sha256 sha256_of(ByteView bytes);

}  // namespace chainmend::certs
