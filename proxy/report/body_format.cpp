#include "proxy/report/body_format.h"

#include <algorithm>
#include <optional>
#include <string_view>

namespace chainmend::proxy {
namespace {

std::string lower_without_spaces(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == ' ' || c == '\t') continue;
        out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    }
    return out;
}

/// Cuts off what is before the next `separator`.
std::string_view take(std::string_view& text, char separator) {
    const auto end = std::min(text.find(separator), text.size());
    const auto part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return part;
}

std::optional<BodyFormat> format_of(std::string_view media_type) {
    if (media_type == "text/html") return BodyFormat::html;
    if (media_type == "text/plain") return BodyFormat::text;
    if (media_type == "application/json" || media_type == "application/problem+json") return BodyFormat::json;
    return std::nullopt;
}

/// "q=0.75" in thousandths; what is malformed counts as liked best, which is what no value means.
int quality(std::string_view parameter) {
    constexpr int best = 1000;
    if (!parameter.starts_with("q=0")) return best;
    const auto digits = parameter.substr(3);
    if (digits.empty()) return 0;
    if (digits.size() > 4 || digits.front() != '.') return best;
    int value = 0;
    int place = best / 10;
    for (const char digit : digits.substr(1)) {
        if (digit < '0' || digit > '9') return best;
        value += (digit - '0') * place;
        place /= 10;
    }
    return value;
}

}  // namespace

BodyFormat body_format(const std::string& accept) {
    const auto plain = lower_without_spaces(accept);
    auto liked = BodyFormat::text;
    int most = 0;
    for (std::string_view ranges = plain; !ranges.empty();) {
        auto range = take(ranges, ',');
        const auto format = format_of(take(range, ';'));
        int likes = 1000;
        while (!range.empty())
            likes = std::min(likes, quality(take(range, ';')));
        if (!format || likes <= most) continue;
        liked = *format;
        most = likes;
    }
    return liked;
}

const char* content_type_of(BodyFormat format) {
    switch (format) {
        case BodyFormat::text:
            return "text/plain; charset=utf-8";
        case BodyFormat::html:
            return "text/html; charset=utf-8";
        case BodyFormat::json:
            return "application/json";
    }
    return "text/plain; charset=utf-8";
}

}  // namespace chainmend::proxy
