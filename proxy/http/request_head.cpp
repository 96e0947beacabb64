#include "proxy/http/request_head.h"

#include "config/ascii.h"

namespace chainmend::proxy {

const std::string* find_header(const std::vector<HttpHeader>& headers, std::string_view name) {
    for (const HttpHeader& header : headers) {
        if (header.name == name) return &header.value;
    }
    return nullptr;
}

std::vector<std::string> list_members(const std::vector<HttpHeader>& headers, std::string_view name) {
    std::vector<std::string> members;
    const auto add = [&](std::string_view member) {
        const auto begin = member.find_first_not_of(" \t");
        if (begin == std::string_view::npos) return;
        members.push_back(ascii_lower(member.substr(begin, member.find_last_not_of(" \t") - begin + 1)));
    };
    for (const HttpHeader& header : headers) {
        if (header.name != name) continue;
        std::string_view rest = header.value;
        for (auto comma = rest.find(','); comma != std::string_view::npos; comma = rest.find(',')) {
            add(rest.substr(0, comma));
            rest.remove_prefix(comma + 1);
        }
        add(rest);
    }
    return members;
}

}  // namespace chainmend::proxy
