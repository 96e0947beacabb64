#include "config/nearest_name.h"

#include <algorithm>

namespace chainmend::config {
namespace {

/// Optimal string alignment distance. Quadratic; both sides are short (see longest_compared).
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::vector<std::size_t>> cost(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = 0; i <= a.size(); ++i)
        cost[i][0] = i;
    for (std::size_t j = 0; j <= b.size(); ++j)
        cost[0][j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
            cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, cost[i - 1][j - 1] + change});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
            }
        }
    }
    return cost[a.size()][b.size()];
}

std::string_view last_part(std::string_view name) {
    return name.substr(name.rfind('.') + 1);
}

}  // namespace

std::optional<std::string> nearest_name(std::string_view written, const std::vector<std::string>& names) {
    constexpr std::size_t longest_compared = 80;  // twice the longest name there is
    if (written.size() > longest_compared) return std::nullopt;
    std::optional<std::string> nearest;
    std::size_t smallest = std::max<std::size_t>(2, written.size() / 4) + 1;
    for (const std::string& name : names) {
        const std::size_t found = distance(written, name);
        if (found < smallest) {
            smallest = found;
            nearest = name;
        }
    }
    if (nearest) return nearest;
    // The right key in the wrong section.
    for (const std::string& name : names) {
        if (last_part(name) == last_part(written)) return name;
    }
    return std::nullopt;
}

}  // namespace chainmend::config
