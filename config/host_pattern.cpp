#include "config/host_pattern.h"

#include <algorithm>
#include <sstream>

#include "config/ascii.h"

namespace chainmend {
namespace {

bool is_same(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char left, char right) { return ascii_lower(left) == ascii_lower(right); });
}

/// An IPv4 address in IPv6 (RFC 4291 section 2.5.5.2) leads to the same host as the IPv4 address.
std::string_view without_mapping(std::string_view host) {
    constexpr std::string_view mapped = "::ffff:";
    const bool is_mapped = host.starts_with(mapped) && host.find('.') != std::string_view::npos;
    return is_mapped ? host.substr(mapped.size()) : host;
}

/// Longer than any name of the DNS (253 octets).
constexpr std::size_t whole_name = 1000;

}  // namespace

bool host_matches(std::string_view pattern, std::string_view host) {
    if (!pattern.starts_with("*.")) return is_same(pattern, without_mapping(host));
    const auto suffix = pattern.substr(1);
    return host.size() > suffix.size() && is_same(suffix, host.substr(host.size() - suffix.size()));
}

bool host_matches_any(const std::vector<std::string>& patterns, std::string_view host) {
    return std::any_of(patterns.begin(), patterns.end(),
                       [&](const std::string& pattern) { return host_matches(pattern, host); });
}

std::size_t specificity(std::string_view pattern) {
    return pattern.starts_with("*.") ? pattern.size() : whole_name;
}

std::vector<std::string> split_patterns(const std::string& text) {
    std::vector<std::string> words;
    std::istringstream stream(text);
    for (std::string word; stream >> word;)
        words.push_back(word);
    return words;
}

}  // namespace chainmend
