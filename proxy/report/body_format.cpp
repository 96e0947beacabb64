#include "proxy/report/body_format.h"

#include <algorithm>

namespace chainmend::proxy {

BodyFormat body_format(const std::string& accept) {
    const auto html = accept.find("text/html");
    const auto json = std::min(accept.find("application/json"), accept.find("application/problem+json"));
    const auto text = accept.find("text/plain");
    const auto first = std::min({html, json, text});
    if (first == std::string::npos || first == text) return BodyFormat::text;
    return first == html ? BodyFormat::html : BodyFormat::json;
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
