#include "certs/public_suffix.h"

#include <algorithm>
#include <string>

#include "config/ascii.h"

namespace chainmend::certs {
namespace {

// Sorted by byte, generated at configure time (cmake/public_suffixes.cmake). "*.ck" and "!www.ck" stand as in
// the list; rules that are not ASCII are left out, for certificates hold A-labels.
constexpr std::string_view rules[] = {
    "",
#include "public_suffixes.inc"
};

bool has_rule(std::string_view rule) {
    return std::binary_search(std::begin(rules), std::end(rules), rule);
}

}  // namespace

bool is_public_suffix(std::string_view name) {
    const std::string lower = ascii_lower(name);
    const auto dot = lower.find('.');
    if (lower.empty() || dot == std::string::npos) return true;  // the list's default rule, "*"
    if (has_rule("!" + lower)) return false;
    return has_rule(lower) || has_rule("*" + lower.substr(dot));
}

int public_suffix_rules() {
    return static_cast<int>(std::size(rules)) - 1;
}

}  // namespace chainmend::certs
