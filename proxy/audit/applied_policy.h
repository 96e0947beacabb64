#pragma once

#include <string>
#include <vector>

namespace chainmend::proxy {

/// What of a recorded policy's text had a say about one of `hosts`: everything but the [[host]] and
/// [[exception]] tables that are for others, which whoever asks about a decision need not know.
std::string applied_policy(const std::string& text, const std::vector<std::string>& hosts);

}  // namespace chainmend::proxy
