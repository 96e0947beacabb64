#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace chainmend::config {

/// "300ms", "3s", "10m", "6h", "90d": a whole number and one unit. nullopt for anything else and for what
/// does not fit into 64 bits.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
/// The largest unit that needs no fraction: 90'000 ms is "90s".
std::string duration_text(std::chrono::milliseconds duration);

/// Bytes: "65536", "64KiB", "100MiB", "2GiB", and "kB", "MB", "GB" for thousands.
std::optional<std::int64_t> parse_size(std::string_view text);
std::string size_text(std::int64_t bytes);

}  // namespace chainmend::config
