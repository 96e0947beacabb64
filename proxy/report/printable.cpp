#include "proxy/report/printable.h"

#include "certs/printable.h"

namespace chainmend::proxy {

std::string printable_ascii(std::string_view text, std::size_t limit) {
    std::string printable;
    for (const char character : text) {
        const auto byte = static_cast<unsigned char>(character);
        const bool continues_utf8 = (byte & 0xC0) == 0x80;
        if (byte >= 0x20 && byte < 0x7F) {
            printable.push_back(character);
        } else if (!continues_utf8) {
            printable.push_back('?');
        }
    }
    if (printable.size() <= limit) return printable;
    if (limit < 3) return printable.substr(0, limit);
    return printable.substr(0, limit - 3) + "...";
}

std::string without_userinfo(std::string_view text) {
    const auto at = text.rfind('@');
    if (at == std::string_view::npos) return std::string(text);
    const auto scheme = text.find("://");
    const auto begin = scheme < at ? scheme + 3 : 0;
    return std::string(text.substr(0, begin)) + "***" + std::string(text.substr(at));
}

std::string html_escaped(std::string_view text) {
    std::string escaped;
    for (const char character : certs::printable(text, std::string::npos)) {
        switch (character) {
            case '&':
                escaped += "&amp;";
                break;
            case '<':
                escaped += "&lt;";
                break;
            case '>':
                escaped += "&gt;";
                break;
            case '"':
                escaped += "&quot;";
                break;
            case '\'':
                escaped += "&#39;";
                break;
            default:
                escaped.push_back(character);
        }
    }
    return escaped;
}

}  // namespace chainmend::proxy
