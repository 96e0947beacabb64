#include "proxy/http/field_lines.h"

#include "config/ascii.h"

namespace chainmend::proxy {
namespace {

HttpHeader parse_line(std::string_view line) {
    const auto colon = line.find(':');
    HttpHeader header;
    header.spelling = line.substr(0, colon);
    header.name = ascii_lower(header.spelling);
    const std::string_view value = line.substr(colon + 1);
    const auto begin = value.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return header;
    header.value = value.substr(begin, value.find_last_not_of(" \t") - begin + 1);
    return header;
}

}  // namespace

std::vector<HttpHeader> parse_field_lines(std::string_view text) {
    std::vector<HttpHeader> headers;
    for (auto end = text.find("\r\n"); end != std::string_view::npos && end > 0; end = text.find("\r\n")) {
        headers.push_back(parse_line(text.substr(0, end)));
        text.remove_prefix(end + 2);
    }
    return headers;
}

}  // namespace chainmend::proxy
