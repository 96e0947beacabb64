#pragma once

#include <string_view>

namespace chainmend::certs {

/// True when `name` (a DNS name, any case, no trailing dot) is a public suffix: one under which unrelated
/// people register names, such as "co.uk" (publicsuffix.org, both sections of the list). The list is that of
/// the system the program was built on; a program built without it knows top-level domains only.
bool is_public_suffix(std::string_view name);

/// How many rules were built in, 0 without a list.
int public_suffix_rules();

}  // namespace chainmend::certs
