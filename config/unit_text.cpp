#include "config/unit_text.h"

#include <array>
#include <charconv>
#include <limits>

namespace chainmend::config {
namespace {

struct Unit {
    std::string_view name;
    std::int64_t factor;
};

constexpr std::array<Unit, 5> durations{
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};
constexpr std::array<Unit, 4> sizes{{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"", 1}}};
constexpr std::array<Unit, 4> more_sizes{{{"GB", 1'000'000'000}, {"MB", 1'000'000}, {"kB", 1'000}, {"B", 1}}};

template <std::size_t N>
std::optional<std::int64_t> parse(std::string_view text, const std::array<Unit, N>& units) {
    std::int64_t number = 0;
    const char* end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{} || number < 0) return std::nullopt;
    std::string_view name(stopped, static_cast<std::size_t>(end - stopped));
    if (name.starts_with(' ')) name.remove_prefix(1);
    for (const Unit& unit : units) {
        if (unit.name != name) continue;
        if (number > std::numeric_limits<std::int64_t>::max() / unit.factor) return std::nullopt;
        return number * unit.factor;
    }
    return std::nullopt;
}

template <std::size_t N>
std::string print(std::int64_t number, const std::array<Unit, N>& units) {
    for (const Unit& unit : units) {
        if (number % unit.factor == 0 && number >= unit.factor) {
            return std::to_string(number / unit.factor) + std::string(unit.name);
        }
    }
    return std::to_string(number) + std::string(units.back().name);
}

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
    const auto number = parse(text, durations);
    if (!number) return std::nullopt;
    return std::chrono::milliseconds{*number};
}

std::string duration_text(std::chrono::milliseconds duration) {
    return print(duration.count(), durations);
}

std::optional<std::int64_t> parse_size(std::string_view text) {
    const auto number = parse(text, sizes);
    return number ? number : parse(text, more_sizes);
}

std::string size_text(std::int64_t bytes) {
    return print(bytes, sizes);
}

}  // namespace chainmend::config
