#pragma once

#include <string>
#include <vector>

#include "certs/verdict.h"

namespace chainmend::proxy {

/// How clients without chainmend fail at a server like this, as they word it: "curl: (60) SSL certificate
/// problem: ...". Of an accepted verdict those that fail for what it repaired; empty when none fails.
std::vector<std::string> client_messages(const certs::Verdict& verdict);

}  // namespace chainmend::proxy
