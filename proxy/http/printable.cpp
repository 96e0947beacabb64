#include "proxy/http/printable.h"

#include <algorithm>

namespace chainmend::proxy {

std::string printable(std::string_view text, std::size_t limit) {
    std::string result(text.substr(0, limit));
    std::replace_if(
        result.begin(), result.end(), [](char c) { return c < 0x20 || c > 0x7e; }, '?');
    if (text.size() > limit) result += "...";
    return result;
}

}  // namespace chainmend::proxy
