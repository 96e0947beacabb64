#pragma once

#include <string>
#include <string_view>

namespace chainmend::config {

/// `text` as a TOML basic string, quotation marks included. Control characters come out escaped, so the
/// result is also safe to print.
std::string toml_text(std::string_view text);

/// `text` with its control characters escaped as TOML escapes them: one line that is safe to print.
std::string one_line(std::string_view text);

}  // namespace chainmend::config
