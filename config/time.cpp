#include "config/time.h"

#include <charconv>
#include <cstdio>

namespace chainmend {
namespace {

using namespace std::chrono;

/// Reads exactly `width` decimal digits at the front of `text` and removes them; -1 when they are not there.
int take_digits(std::string_view& text, std::size_t width) {
    int value = -1;
    if (text.size() < width) return -1;
    const char* end = text.data() + width;
    const auto [stopped, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || stopped != end || text[0] == '-') return -1;
    text.remove_prefix(width);
    return value;
}

bool take(std::string_view& text, char expected) {
    if (text.empty() || text.front() != expected) return false;
    text.remove_prefix(1);
    return true;
}

/// "Z", "+hh:mm" or "-hh:mm" and nothing behind it.
std::optional<minutes> take_offset(std::string_view& text) {
    if (take(text, 'Z') || take(text, 'z')) return minutes{0};
    const int sign = take(text, '+') ? 1 : take(text, '-') ? -1 : 0;
    if (sign == 0) return std::nullopt;
    const int hour = take_digits(text, 2);
    if (!take(text, ':')) return std::nullopt;
    const int minute = take_digits(text, 2);
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59) return std::nullopt;
    return sign * (hours{hour} + minutes{minute});
}

}  // namespace

Result<Time> parse_rfc3339(std::string_view text) {
    const Error malformed{
        ErrorCode::malformed,
        "\"" + std::string(text.substr(0, 40)) + "\" is not an RFC 3339 time such as 2026-06-01T00:00:00Z"};
    const int y = take_digits(text, 4);
    if (y < 0 || !take(text, '-')) return malformed;
    const int mon = take_digits(text, 2);
    if (mon < 0 || !take(text, '-')) return malformed;
    const int d = take_digits(text, 2);
    if (d < 0 || !(take(text, 'T') || take(text, 't') || take(text, ' '))) return malformed;
    const int h = take_digits(text, 2);
    if (h < 0 || h > 23 || !take(text, ':')) return malformed;
    const int min = take_digits(text, 2);
    if (min < 0 || min > 59 || !take(text, ':')) return malformed;
    const int s = take_digits(text, 2);
    if (s < 0 || s > 60) return malformed;
    if (take(text, '.')) {
        if (take_digits(text, 1) < 0) return malformed;
        while (take_digits(text, 1) >= 0) {
        }
    }
    const auto offset = take_offset(text);
    if (!offset || !text.empty()) return malformed;
    const year_month_day date{year{y}, month{static_cast<unsigned>(mon)}, day{static_cast<unsigned>(d)}};
    if (!date.ok()) return malformed;
    return Time{sys_days{date} + hours{h} + minutes{min} + seconds{s} - *offset};
}

std::string to_rfc3339(Time time) {
    const auto midnight = floor<days>(time);
    const hh_mm_ss clock{time - midnight};
    char text[16];
    std::snprintf(text, sizeof text, "T%02d:%02d:%02dZ", static_cast<int>(clock.hours().count()),
                  static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()));
    return to_date(time) + text;
}

std::string to_date(Time time) {
    const year_month_day date{floor<days>(time)};
    char text[32];
    std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
    return text;
}

}  // namespace chainmend
