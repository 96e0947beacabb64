#pragma once

#include <string>
#include <string_view>

namespace chainmend::config {

/// `text` as a TOML basic string, quotation marks included. Control characters come out escaped, so the
/// result is also safe to print.
std::string toml_text(std::string_view text);

}  // namespace chainmend::config
