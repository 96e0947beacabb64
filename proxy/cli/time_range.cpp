#include "proxy/cli/time_range.h"

#include "config/unit_text.h"

namespace chainmend::proxy {

Result<Time> moment_from(const std::string& text, Time now) {
    if (const auto ago = config::parse_duration(text))
        return now - std::chrono::floor<std::chrono::seconds>(*ago);
    if (const auto time = parse_rfc3339(text.size() == 10 ? text + "T00:00:00Z" : text)) return *time;
    return Error{ErrorCode::invalid_argument,
                 "\"" + text + "\" is no time: give 24h, 7d, 2026-11-21 or 2026-11-21T14:00:00Z"};
}

}  // namespace chainmend::proxy
