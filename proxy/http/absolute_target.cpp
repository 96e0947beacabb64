#include "proxy/http/absolute_target.h"

#include <algorithm>

#include "proxy/report/printable.h"

namespace chainmend::proxy {
namespace {

bool begins_with(std::string_view text, std::string_view lower_case) {
    return text.size() >= lower_case.size() &&
           std::equal(lower_case.begin(), lower_case.end(), text.begin(),
                      [](char wanted, char c) { return wanted == (c >= 'A' && c <= 'Z' ? c + 32 : c); });
}

struct Scheme {
    std::string_view text;
    bool tls;
};
constexpr Scheme schemes[] = {{"http://", false}, {"https://", true}, {"ws://", false}, {"wss://", true}};

const Scheme* scheme_of(std::string_view target) {
    const auto* known = std::find_if(std::begin(schemes), std::end(schemes),
                                     [&](const Scheme& scheme) { return begins_with(target, scheme.text); });
    return known == std::end(schemes) ? nullptr : known;
}

Error malformed(std::string_view target, const char* why) {
    return {ErrorCode::malformed, "\"" + printable_ascii(without_userinfo(target), 60) + "\" " + why};
}

bool has_port(std::string_view authority) {
    const auto colon = authority.rfind(':');
    const auto bracket = authority.rfind(']');
    return colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
}

}  // namespace

bool is_absolute_form(std::string_view target) {
    return scheme_of(target) != nullptr;
}

Result<AbsoluteTarget> parse_absolute_target(std::string_view target) {
    const Scheme* scheme = scheme_of(target);
    if (!scheme) return malformed(target, "is no http or https URL");
    const bool https = scheme->tls;
    const auto in_url = [](char c) { return c > 0x20 && c < 0x7f && c != '#' && c != '\\'; };
    if (!std::all_of(target.begin(), target.end(), in_url))
        return malformed(target, "has a byte that no request's URL has");
    std::string_view rest = target.substr(scheme->text.size());
    const auto end = std::min(rest.find_first_of("/?"), rest.size());
    std::string authority(rest.substr(0, end));
    if (authority.find('@') != std::string::npos)
        return malformed(target, "has a user name in it, which no proxy is told");
    // RFC 3986 section 3.2.3: "host:" means the scheme's own port.
    if (!has_port(authority)) authority += ":";
    if (authority.ends_with(':')) authority += https ? "443" : "80";
    auto parsed = parse_authority(authority);
    if (!parsed) return parsed.error();
    std::string path(rest.substr(end));
    const bool is_server_itself = path.empty();
    if (path.empty() || path.front() == '?') path.insert(0, "/");
    return AbsoluteTarget{https, std::move(parsed).value(), std::move(path), is_server_itself};
}

std::string AbsoluteTarget::host_field() const {
    auto text = authority.text();
    const std::string_view own_port = https ? ":443" : ":80";
    if (text.ends_with(own_port)) text.resize(text.size() - own_port.size());
    return text;
}

}  // namespace chainmend::proxy
