#include "proxy/http/body_framing.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace chainmend::proxy {
namespace {

Error malformed(const char* what) {
    return {ErrorCode::malformed, what};
}

/// Digits only (RFC 9110 section 8.6): "+5", "0x5" and "5, 5" mean something to some readers. 18 digits are
/// more than any body has and fit into 64 bits.
std::optional<std::uint64_t> number(const std::string& text) {
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (text.empty() || text.size() > 18 || !std::all_of(text.begin(), text.end(), is_digit)) return {};
    std::uint64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

/// What the fields say, before it is known whether there may be a body at all; until_end for nothing.
Result<BodyFraming> framing_of(const std::vector<HttpHeader>& headers, int minor_version) {
    const std::string* first_length = nullptr;
    int codings = 0;
    for (const auto& header : headers) {
        if (header.name == "transfer-encoding") ++codings;
        if (header.name != "content-length") continue;
        if (first_length && header.value != *first_length)
            return malformed("two Content-Length fields that differ");
        first_length = &header.value;
    }
    if (codings > 0) {
        if (first_length) return malformed("both Transfer-Encoding and Content-Length");
        if (minor_version == 0) return malformed("a Transfer-Encoding in HTTP/1.0, which has none");
        const auto members = list_members(headers, "transfer-encoding");
        if (codings > 1 || members.size() != 1 || members[0] != "chunked")
            return malformed("a Transfer-Encoding other than chunked");
        return BodyFraming{BodyFraming::Kind::chunked, 0};
    }
    if (!first_length) return BodyFraming{BodyFraming::Kind::until_end, 0};
    const auto length = number(*first_length);
    if (!length) return malformed("a Content-Length that is no number");
    return BodyFraming{BodyFraming::Kind::length, *length};
}

}  // namespace

Result<BodyFraming> framing_of(const RequestHead& head) {
    auto framing = framing_of(head.headers, head.minor_version);
    // A request that says nothing has no body.
    if (framing && framing->kind == BodyFraming::Kind::until_end) return BodyFraming{};
    return framing;
}

Result<BodyFraming> framing_of(const ResponseHead& head, const std::string& method) {
    const auto framing = framing_of(head.headers, head.minor_version);
    if (!framing) return framing;
    const bool bodiless = head.is_interim() || head.status == 204 || head.status == 304 || method == "HEAD";
    return bodiless ? BodyFraming{} : framing;
}

}  // namespace chainmend::proxy
