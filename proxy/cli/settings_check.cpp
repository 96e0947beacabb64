#include "proxy/cli/settings_check.h"

#include "proxy/files/trust_loader.h"
#include "proxy/judging_snapshot.h"
#include "proxy/policy/anchor_limits.h"
#include "proxy/policy/exceptions.h"

namespace chainmend::proxy {
namespace {

/// `text` begins with the setting or the rule it is about; it stands where that was given.
config::Mistake placed(const FoundSettings& found, std::string text) {
    if (text.starts_with("[[")) return {found.file.empty() ? "--set" : found.file, std::move(text), {}};
    const std::string key = text.substr(0, text.find_first_of("[:"));
    const auto position = found.reading.positions.find(key);
    const auto origin = found.reading.origins.find(key);
    const bool in_file = position != found.reading.positions.end() && origin->second != "--set";
    const config::Position at = in_file ? position->second : config::Position{};
    const std::string where =
        in_file ? found.file + ":" + std::to_string(at.line) + ":" + std::to_string(at.column)
        : origin != found.reading.origins.end() ? "--set"
                                                : "default";
    return {where, std::move(text), at};
}

/// Rules, limits and exceptions, as far as files and dates say something about them.
void check_policy(const FoundSettings& found, const certs::TrustStore& trust, Time now,
                  std::vector<config::Mistake>& mistakes) {
    const auto& settings = found.reading.settings;
    if (const auto limits = anchor_limits_of(settings.trust, trust); !limits)
        mistakes.push_back(placed(found, limits.error().message));
    if (const auto exceptions = exceptions_of(settings.exceptions); !exceptions)
        mistakes.push_back(placed(found, exceptions.error().message));
    for (std::size_t i = 0; i < settings.hosts.size(); ++i) {
        if (settings.hosts[i].trust_files.empty()) continue;
        config::TrustSettings own = settings.trust;
        own.system = false;
        own.dirs.clear();
        own.files = settings.hosts[i].trust_files;
        for (const TrustProblem& problem : load_trust(own, now).problems) {
            mistakes.push_back(placed(
                found, "[[host]] " + std::to_string(i + 1) + " " + problem.setting + ": " + problem.message));
        }
    }
}

/// Mistakes that only the file system knows: trust files that are missing or hold no CA.
void check_trust(const FoundSettings& found, Time now, std::vector<config::Mistake>& mistakes) {
    const LoadedTrust trust = load_trust(found.reading.settings.trust, now);
    for (const TrustProblem& problem : trust.problems)
        mistakes.push_back(placed(found, problem.setting + ": " + problem.message));
    if (trust.ok()) check_policy(found, *trust.store, now, mistakes);
}

/// What else would keep the proxy from starting, of which only the first is known; returns what it would warn
/// of.
std::vector<std::string> check_start(const FoundSettings& found, Time now,
                                     std::vector<config::Mistake>& mistakes) {
    if (!mistakes.empty()) return {};
    auto checked = check_settings(found.reading.settings, now);
    if (!checked) mistakes.push_back(placed(found, checked.error().message));
    return checked ? std::move(checked).value() : std::vector<std::string>();
}

}  // namespace

SettingsCheck check_settings(const FoundSettings& found, Time now) {
    SettingsCheck check;
    check.mistakes = found.reading.mistakes;
    check_trust(found, now, check.mistakes);
    check.warnings = check_start(found, now, check.mistakes);
    return check;
}

}  // namespace chainmend::proxy
