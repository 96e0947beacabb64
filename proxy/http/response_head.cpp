#include "proxy/http/response_head.h"

#include <algorithm>

#include "proxy/http/field_lines.h"

namespace chainmend::proxy {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

}  // namespace

std::size_t ResponseParser::receive(ByteView bytes) {
    std::size_t taken = 0;
    while (state_ == State::incomplete && taken < bytes.size()) {
        const std::string objection = scanner_.take(bytes[taken]);
        text_.push_back(static_cast<char>(bytes[taken++]));
        if (!objection.empty()) fail(objection);
        if (text_.size() > max_head) fail("the response's head is larger than 64 KiB");
        if (scanner_.header_lines() > max_headers) fail("more than 200 header lines");
        if (state_ == State::incomplete && scanner_.at_end()) parse();
    }
    return taken;
}

void ResponseParser::fail(std::string detail) {
    detail_ = std::move(detail);
    state_ = State::failed;
}

void ResponseParser::parse() {
    const std::string_view rest = text_;
    const std::string_view line = rest.substr(0, rest.find("\r\n"));
    if (!parse_status_line(line)) return fail("what came is no HTTP/1.x status line");
    head_.headers = parse_field_lines(rest.substr(line.size() + 2));
    state_ = State::complete;
}

/// "HTTP/1.1 200 OK" (RFC 9112 section 4); servers that leave out the space in front of an empty reason are
/// many.
bool ResponseParser::parse_status_line(std::string_view line) {
    constexpr std::string_view version = "HTTP/1.";
    if (!line.starts_with(version) || line.size() < 12) return false;
    const std::string_view code = line.substr(9, 3);
    if (!is_digit(line[7]) || line[8] != ' ' || !std::all_of(code.begin(), code.end(), is_digit))
        return false;
    if (line.size() > 12 && line[12] != ' ') return false;
    head_.minor_version = line[7] - '0';
    head_.status = (code[0] - '0') * 100 + (code[1] - '0') * 10 + (code[2] - '0');
    head_.reason = line.size() > 13 ? line.substr(13) : std::string_view();
    // Some servers answer with 999: who asked knows what it means (RFC 9110 section 15).
    return head_.status >= 100;
}

}  // namespace chainmend::proxy
