#pragma once

#include <string>
#include <string_view>

namespace chainmend::proxy {

/// `text` with everything but printable ASCII replaced by '?', one for each character, and cut to `limit`
/// bytes: a text that was cut ends with "...". For status lines and terminals, where strangers' text must
/// stay text.
std::string printable_ascii(std::string_view text, std::size_t limit = std::string_view::npos);

/// A URL or authority that is going to be quoted as malformed, without the name and password it may hold: in
/// place of everything between its scheme and its last "@" stands "***".
std::string without_userinfo(std::string_view text);

/// `text` with the five characters that mean something in HTML replaced by references, and escaped as
/// certs::printable() does what is not fit to be shown.
std::string html_escaped(std::string_view text);

}  // namespace chainmend::proxy
