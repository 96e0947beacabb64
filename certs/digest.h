#pragma once

#include <array>

#include "config/bytes.h"

namespace chainmend::certs {

Sha256 sha256_of(ByteView bytes);

/// Only for the names that other systems know a certificate by (Windows, macOS); nothing here relies on it.
std::array<std::uint8_t, 20> sha1_of(ByteView bytes);

}  // namespace chainmend::certs
