#include "proxy/policy/upstream_proxy.h"

#include <algorithm>

#include "config/ascii.h"
#include "proxy/http/base64.h"

namespace chainmend::proxy {
namespace {

Error mistake(const std::string& what) {
    return {ErrorCode::configuration, "upstream.proxy: " + what};
}

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// RFC 3986 section 2.1; nothing for "%" without two digits, or for a control character.
std::optional<std::string> percent_decoded(std::string_view text) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (c == '%') {
            const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
            const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
            if (high < 0 || low < 0) return std::nullopt;
            c = static_cast<char>(high << 4 | low);
            i += 2;
        }
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return std::nullopt;
        decoded.push_back(c);
    }
    return decoded;
}

}  // namespace

Result<UpstreamProxy> UpstreamProxy::make(const std::string& url,
                                          const std::vector<std::string>& exceptions) {
    constexpr std::string_view scheme = "http://";
    std::string_view rest = url;
    if (!rest.starts_with(scheme)) return mistake("it must begin with http://");
    rest.remove_prefix(scheme.size());
    if (rest.ends_with('/')) rest.remove_suffix(1);
    const auto at = rest.rfind('@');
    auto authority = parse_authority(at == std::string_view::npos ? rest : rest.substr(at + 1));
    if (!authority) return mistake(authority.error().message);
    UpstreamProxy proxy(std::move(authority).value());
    if (at != std::string_view::npos) {
        const auto userinfo = rest.substr(0, at);
        const auto colon = std::min(userinfo.find(':'), userinfo.size());
        const auto user = percent_decoded(userinfo.substr(0, colon));
        const auto password = percent_decoded(userinfo.substr(std::min(colon + 1, userinfo.size())));
        if (!user || !password || user->find(':') != std::string::npos)
            return mistake("the user name or password is not percent-encoded as in a URL");
        proxy.credentials_line_ =
            "Proxy-Authorization: Basic " + encode_base64(as_bytes(*user + ":" + *password)) + "\r\n";
    }
    for (const auto& exception : exceptions) {
        if (auto added = proxy.add_exception(ascii_lower(exception)); !added) return added.error();
    }
    return proxy;
}

Result<void> UpstreamProxy::add_exception(std::string text) {
    if (text == "*") {
        except_all_ = true;
    } else if (auto network = Cidr::parse(text)) {
        networks_.push_back(*network);
    } else if (text.starts_with("*.")) {
        subdomains_.push_back(text.substr(1));
    } else {
        if (text.starts_with('.')) text.erase(0, 1);
        if (!certs::ReferenceIdentity::dns(text))
            return Error{ErrorCode::configuration, "upstream.no_proxy: \"" + text +
                                                       "\" is neither a host, a suffix such as .example.com, "
                                                       "nor a network"};
        hosts_.push_back(text);
        subdomains_.push_back("." + text);
    }
    return {};
}

bool UpstreamProxy::serves(const Authority& target) const {
    if (except_all_) return false;
    const auto& host = target.host.text();
    if (const auto address = IpAddress::parse(host)) {
        return std::none_of(networks_.begin(), networks_.end(),
                            [&](const auto& network) { return network.contains(*address); });
    }
    return std::find(hosts_.begin(), hosts_.end(), host) == hosts_.end() &&
           std::none_of(subdomains_.begin(), subdomains_.end(),
                        [&](const auto& suffix) { return host.ends_with(suffix); });
}

}  // namespace chainmend::proxy
