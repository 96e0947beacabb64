#pragma once

#include <optional>
#include <string>
#include <vector>

#include "proxy/clients/client_diagnosis.h"

namespace chainmend::proxy {

/// The one among a client's variables and settings that counts.
struct DecidingSetting {
    std::string name;  ///< of the variable, or the place of the setting
    std::string value;
};

/// The first of `names` (as in ClientRule) that is set; `own` is what stands at "(settings)". An empty
/// variable counts when `empty` says so.
std::optional<DecidingSetting> deciding_setting(const char* names, const ExpectedSettings& expected,
                                                const std::optional<OwnSetting>& own, EmptyVariable empty);

/// Text at its spaces.
std::vector<std::string> words_of(const std::string& text);

/// The value of -DNAME= among Java's options; the last one counts.
std::string java_property(const std::string& options, const std::string& name);

}  // namespace chainmend::proxy
