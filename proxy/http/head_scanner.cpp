#include "proxy/http/head_scanner.h"

namespace chainmend::proxy {
namespace {

/// RFC 9110 section 5.6.2
bool is_token(std::uint8_t byte) {
    if (byte >= '0' && byte <= '9') return true;
    if ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z') return true;
    return byte != 0 &&
           std::string_view("!#$%&'*+-.^_`|~").find(static_cast<char>(byte)) != std::string_view::npos;
}

bool is_control(std::uint8_t byte) {
    return byte < 0x20 || byte == 0x7f;
}

}  // namespace

std::string HeadScanner::take(std::uint8_t byte) {
    switch (place_) {
        case Place::start:
            if (byte == 0x16)
                return "this is TLS, but a proxy is spoken to in plain HTTP first (http:// in HTTPS_PROXY)";
            if (!is_token(byte)) return "this is not HTTP";
            place_ = Place::request_line;
            return {};
        case Place::request_line:
            if (byte == '\r') {
                place_ = Place::line_end;
            } else if (is_control(byte)) {
                return "a control byte in the request line";
            }
            return {};
        case Place::line_start:
            if (byte == '\r') {
                place_ = Place::last_line_end;
                return {};
            }
            if (byte == ' ' || byte == '\t') return "a folded header line";
            if (!is_token(byte)) return "a header line that does not begin with a name";
            ++header_lines_;
            place_ = Place::name;
            return {};
        case Place::name:
            if (byte == ':') {
                place_ = Place::value;
            } else if (byte == ' ' || byte == '\t') {
                return "white space in a header name";
            } else if (!is_token(byte)) {
                return "a byte in a header name that can not be there";
            }
            return {};
        case Place::value:
            if (byte == '\r') {
                place_ = Place::line_end;
            } else if (is_control(byte) && byte != '\t') {
                return "a control byte in a header";
            }
            return {};
        case Place::line_end:
            if (byte != '\n') return "a CR that ends no line";
            place_ = Place::line_start;
            return {};
        case Place::last_line_end:
            if (byte != '\n') return "a CR that ends no line";
            place_ = Place::end;
            return {};
        case Place::end:
            return {};
    }
    return {};
}

}  // namespace chainmend::proxy
