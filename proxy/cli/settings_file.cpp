#include "proxy/cli/settings_file.h"

#include "proxy/files/input_file.h"

namespace chainmend::proxy {
namespace {

/// The documented default file has 20 KiB.
constexpr std::size_t max_config_file_bytes = 1024 * 1024;

}  // namespace

Error mistakes_error(const std::vector<config::Mistake>& mistakes) {
    std::string message =
        mistakes.size() == 1 ? "" : std::to_string(mistakes.size()) + " mistakes in the configuration:";
    for (const config::Mistake& mistake : mistakes) {
        message += (message.empty() ? "" : "\n  ") + mistake.where + " " + mistake.text;
    }
    return {ErrorCode::configuration, message};
}

config::FileEnvironment file_environment(const Console& console) {
    return {variable(console, "CHAINMEND_CONFIG"), variable(console, "XDG_CONFIG_HOME"),
            variable(console, "XDG_STATE_HOME"), variable(console, "HOME")};
}

Result<FoundSettings> find_settings(const CommandLine& line) {
    const auto environment = file_environment(line.console);
    config::SettingsSources sources{"", "", line.assignments, config::state_directory(environment)};
    for (const auto& candidate : config::config_candidates(line.config_file, environment)) {
        const auto text = read_input_file(candidate.path, max_config_file_bytes);
        if (text) {
            sources.file_name = candidate.path;
            sources.file_text = as_text(*text);
            break;
        }
        if (candidate.required || text.error().code != ErrorCode::not_found) {
            return Error{ErrorCode::configuration, text.error().message}.in("configuration file");
        }
    }
    return FoundSettings{config::read_settings(sources), sources.file_name, sources.state_directory};
}

Result<config::Settings> settings_in_force(const CommandLine& line) {
    auto found = find_settings(line);
    if (!found) return found.error();
    if (!found->reading.mistakes.empty()) return mistakes_error(found->reading.mistakes);
    return std::move(found->reading.settings);
}

}  // namespace chainmend::proxy
