#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chainmend::config {

/// The one of `names` that somebody who wrote `written` most probably meant: the smallest number of letters
/// inserted, left out, changed or swapped. nullopt when nothing is near enough to be worth saying.
std::optional<std::string> nearest_name(std::string_view written, const std::vector<std::string>& names);

}  // namespace chainmend::config
