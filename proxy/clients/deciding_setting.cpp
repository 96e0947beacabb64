#include "proxy/clients/deciding_setting.h"

#include <sstream>

namespace chainmend::proxy {

std::vector<std::string> words_of(const std::string& text) {
    std::istringstream stream(text);
    std::vector<std::string> found;
    for (std::string word; stream >> word;)
        found.push_back(word);
    return found;
}

std::optional<DecidingSetting> deciding_setting(const char* names, const ExpectedSettings& expected,
                                                const std::optional<OwnSetting>& own, EmptyVariable empty) {
    for (const auto& name : words_of(names)) {
        if (name == settings_place) {
            if (own) return DecidingSetting{own->place, own->value};
            continue;
        }
        if (const auto value = expected.present(name)) return DecidingSetting{name, *value};
        // Only the lower-case spelling: those who care for emptiness look there alone, or last.
        const bool lower_case = name.front() >= 'a' && name.front() <= 'z';
        if (empty == EmptyVariable::no_proxy && lower_case && expected.is_empty(name))
            return DecidingSetting{name, ""};
    }
    return std::nullopt;
}

std::string java_property(const std::string& options, const std::string& name) {
    const std::string before = "-D" + name + "=";
    const auto at = options.rfind(before);
    if (at == std::string::npos) return "";
    const auto begin = at + before.size();
    const bool quoted = at > 0 && (options[at - 1] == '"' || options[at - 1] == '\'');
    const auto end = quoted ? options.find(options[at - 1], begin) : options.find(' ', begin);
    return options.substr(begin, end == std::string::npos ? end : end - begin);
}

}  // namespace chainmend::proxy
