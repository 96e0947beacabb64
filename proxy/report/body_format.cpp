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

/// "q=0", "q=0.000"
bool is_refusal(std::string_view parameter) {
    return parameter.starts_with("q=0") && parameter.find_first_not_of("0.", 2) == std::string_view::npos;
}

}  // namespace

BodyFormat body_format(const std::string& accept) {
    const auto plain = lower_without_spaces(accept);
    for (std::string_view ranges = plain; !ranges.empty();) {
        auto range = take(ranges, ',');
        const auto format = format_of(take(range, ';'));
        bool is_refused = false;
        while (!range.empty())
            is_refused = is_refusal(take(range, ';')) || is_refused;
        if (format && !is_refused) return *format;
    }
    return BodyFormat::text;
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
