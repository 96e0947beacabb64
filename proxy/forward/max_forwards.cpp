#include "proxy/forward/max_forwards.h"

#include <algorithm>

namespace chainmend::proxy {
namespace {

constexpr unsigned most = 999'999'999;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool identifies_client(const HttpHeader& header) {
    return header.name == "authorization" || header.name == "cookie" || header.name == "cookie2" ||
           header.name.starts_with("proxy-");
}

std::string traced(const RequestHead& head) {
    std::string text =
        head.method + " " + head.target + " HTTP/1." + std::to_string(head.minor_version) + "\r\n";
    for (const auto& header : head.headers) {
        if (!identifies_client(header)) text += header.spelling + ": " + header.value + "\r\n";
    }
    return text + "\r\n";
}

}  // namespace

Result<std::optional<unsigned>> forwards_left(const RequestHead& head) {
    std::optional<unsigned> left;
    if (head.method != "TRACE" && head.method != "OPTIONS") return left;
    for (const auto& header : head.headers) {
        if (header.name != "max-forwards") continue;
        const auto& digits = header.value;
        const bool is_number = !digits.empty() && std::all_of(digits.begin(), digits.end(), is_digit);
        if (!is_number || left)
            return Error{ErrorCode::malformed,
                         left ? "two Max-Forwards" : "a Max-Forwards that is no number"};
        const auto zeros = std::min(digits.find_first_not_of('0'), digits.size() - 1);
        const auto number = digits.substr(zeros);
        left = number.size() > 9 ? most : static_cast<unsigned>(std::stoul(number));
    }
    return left;
}

std::string answer_as_last(const RequestHead& head) {
    const bool is_trace = head.method == "TRACE";
    const auto body = is_trace ? traced(head) : std::string();
    return "HTTP/1.1 200 OK\r\n" +
           std::string(is_trace ? "Content-Type: message/http\r\nX-Content-Type-Options: nosniff\r\n"
                                : "Allow: CONNECT, DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT, TRACE\r\n") +
           "Content-Length: " + std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" + body;
}

}  // namespace chainmend::proxy
