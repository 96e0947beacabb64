#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace chainmend {

/// Whether a pattern of the settings is for this host: the name itself, or "*.example.com" for every name
/// below example.com (not example.com itself). Without regard to case. `host` has no trailing dot; as an
/// address it is in the spelling of inet_ntop(3), and one of IPv4 in IPv6 is the IPv4 address.
bool host_matches(std::string_view pattern, std::string_view host);
bool host_matches_any(const std::vector<std::string>& patterns, std::string_view host);

/// How closely a pattern that matches describes a host: a whole name more than any pattern, a longer pattern
/// more than a shorter one. Only to be compared with others for the same host.
std::size_t specificity(std::string_view pattern);

/// The words of a text that are separated by blanks.
std::vector<std::string> split_patterns(const std::string& text);

}  // namespace chainmend
