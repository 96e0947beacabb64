#include "proxy/http/request_head.h"

namespace chainmend::proxy {

const std::string* find_header(const std::vector<HttpHeader>& headers, std::string_view name) {
    for (const HttpHeader& header : headers) {
        if (header.name == name) return &header.value;
    }
    return nullptr;
}

}  // namespace chainmend::proxy
