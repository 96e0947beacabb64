#include "proxy/http/request_method.h"

#include <algorithm>

namespace chainmend::proxy {

std::string_view request_method(std::string_view bytes) {
    constexpr std::size_t longest = 7;
    const auto method = bytes.substr(0, bytes.find(' '));
    const bool is_method =
        method.size() < bytes.size() && method.size() <= longest &&
        std::all_of(method.begin(), method.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
    return is_method ? method : std::string_view();
}

}  // namespace chainmend::proxy
