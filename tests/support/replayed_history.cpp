#include "tests/support/replayed_history.h"

#include <filesystem>

#include "proxy/audit/replay_report.h"
#include "proxy/history/history_query.h"

namespace chainmend::test {

std::vector<std::string> replay_differences(const std::string& file) {
    if (!std::filesystem::exists(file)) return {};
    auto history = proxy::open_history(file);
    if (!history) return {history.error().message};
    const auto ids = (*history)->judged();
    if (!ids) return {ids.error().message};
    std::vector<std::string> lines;
    for (const auto& id : *ids) {
        auto stored = (*history)->decision(id);
        if (!stored) {
            lines.push_back(id + ": " + stored.error().message);
            continue;
        }
        const auto reason = stored->record.reason;
        const auto outcome = proxy::replay_decision(*std::move(stored), {});
        if (!outcome) {
            lines.push_back(id + " (" + reason + "): " + outcome.error().message);
            continue;
        }
        for (const auto& difference : outcome->differences)
            lines.push_back(id + " (" + reason + "): " + difference);
    }
    return lines;
}

}  // namespace chainmend::test
