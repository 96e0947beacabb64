#include "certs/reference_identity.h"

#include <openssl/x509v3.h>

#include <algorithm>
#include <cstdio>
#include <memory>

#include "config/ascii.h"

namespace chainmend::certs {
namespace {

constexpr std::size_t max_name = 253;  // RFC 1035 section 3.1: 255 octets on the wire, two fewer as text
constexpr std::size_t max_label = 63;  // RFC 1035 section 2.3.4

Error not_a_name(std::string_view text, std::string_view why) {
    std::string shown;
    for (const char c : text.substr(0, 64))
        shown += (c > 0x20 && c < 0x7f) ? c : '?';
    return {ErrorCode::invalid_argument, "\"" + shown + "\" is not a host name: " + std::string(why)};
}

bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool all_digits(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<std::string_view> label_defect(std::string_view label) {
    if (label.empty()) return "it has an empty label";
    if (label.size() > max_label) return "it has a label longer than 63 octets";
    if (label.front() == '-' || label.back() == '-') return "a label begins or ends with a hyphen";
    const bool good = std::all_of(label.begin(), label.end(),
                                  [](char c) { return is_letter_or_digit(c) || c == '-' || c == '_'; });
    if (!good)
        return "only letters, digits, hyphens and underscores may stand in it (non-ASCII names as xn-- "
               "labels)";
    return std::nullopt;
}

/// Four decimal parts without leading zeros: the only spelling that every client reads the same way.
std::optional<Bytes> ipv4(std::string_view text) {
    Bytes octets;
    while (octets.size() < 4) {
        const auto dot = text.find('.');
        const auto part = text.substr(0, dot);
        if (!all_digits(part) || part.size() > 3 || (part.size() > 1 && part[0] == '0')) return std::nullopt;
        int value = 0;
        for (const char c : part)
            value = value * 10 + (c - '0');
        if (value > 255) return std::nullopt;
        octets.push_back(static_cast<std::uint8_t>(value));
        if (dot == std::string_view::npos) {
            text = {};
            break;
        }
        text.remove_prefix(dot + 1);
        if (octets.size() == 4) return std::nullopt;
    }
    if (octets.size() != 4) return std::nullopt;
    return octets;
}

std::optional<Bytes> ipv6(std::string_view text) {
    // 45 characters is the longest spelling, with an embedded IPv4 address. A zone ("%eth0") names an
    // interface of this machine and can be in no certificate.
    if (text.find(':') == std::string_view::npos || text.size() > 45) return std::nullopt;
    const std::unique_ptr<ASN1_OCTET_STRING, void (*)(ASN1_OCTET_STRING*)> parsed(
        a2i_IPADDRESS(std::string(text).c_str()), ASN1_OCTET_STRING_free);
    if (!parsed || ASN1_STRING_length(parsed.get()) != 16) return std::nullopt;
    const auto* data = ASN1_STRING_get0_data(parsed.get());
    return Bytes(data, data + 16);
}

}  // namespace

std::string address_text(ByteView address) {
    char text[8];
    if (address.size() == 4) {
        std::string dotted;
        for (const std::uint8_t octet : address)
            dotted += (dotted.empty() ? "" : ".") + std::to_string(octet);
        return dotted;
    }
    if (address.size() != 16) return {};
    // RFC 5952: the longest run of at least two zero groups, the first of equals, becomes "::".
    unsigned groups[8];
    for (std::size_t i = 0; i < 8; ++i)
        groups[i] = (address[2 * i] << 8U) | address[2 * i + 1];
    int best = -1, best_length = 1;
    for (int start = 0; start < 8; ++start) {
        int length = 0;
        while (start + length < 8 && groups[start + length] == 0)
            ++length;
        if (length > best_length) {
            best = start;
            best_length = length;
        }
    }
    std::string out;
    for (int i = 0; i < 8; ++i) {
        if (i == best) {
            out += "::";
            i += best_length - 1;
            continue;
        }
        if (!out.empty() && out.back() != ':') out += ':';
        std::snprintf(text, sizeof text, "%x", groups[i]);
        out += text;
    }
    return out;
}

Result<ReferenceIdentity> ReferenceIdentity::from_host(std::string_view host) {
    if (auto address = ip(host)) return address;
    return dns(host);
}

Result<ReferenceIdentity> ReferenceIdentity::dns(std::string_view name) {
    std::string text = ascii_lower(name.substr(0, max_name + 2));
    if (!text.empty() && text.back() == '.') text.pop_back();
    if (text.empty()) return not_a_name(name, "it is empty");
    if (text.size() > max_name) return not_a_name(name, "it is longer than 253 octets");
    for (std::size_t start = 0; start <= text.size();) {
        const auto dot = std::min(text.find('.', start), text.size());
        const auto label = std::string_view(text).substr(start, dot - start);
        if (const auto defect = label_defect(label)) return not_a_name(name, *defect);
        start = dot + 1;
    }
    // A last label of digits only is an address in one of its odd spellings (WHATWG URL, "ends in a number").
    if (all_digits(std::string_view(text).substr(text.rfind('.') + 1))) {
        return not_a_name(name, "it ends in a number but is not an IP address");
    }
    ReferenceIdentity identity;
    identity.text_ = std::move(text);
    return identity;
}

Result<ReferenceIdentity> ReferenceIdentity::ip(std::string_view address) {
    auto octets = ipv4(address);
    if (!octets) octets = ipv6(address);
    if (!octets) return not_a_name(address, "it is not an IP address");
    ReferenceIdentity identity;
    identity.kind_ = Kind::ip;
    identity.address_ = std::move(*octets);
    identity.text_ = address_text(identity.address_);
    return identity;
}

}  // namespace chainmend::certs
