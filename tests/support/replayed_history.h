#pragma once

#include <string>
#include <vector>

namespace chainmend::test {

/// Makes every verdict in this history again from what is stored of it. A line for each that came out
/// different or could not be made; empty when all are the same, or when there is no history.
std::vector<std::string> replay_differences(const std::string& file);

}  // namespace chainmend::test
