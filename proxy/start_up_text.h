#pragma once

#include <string>
#include <vector>

#include "proxy/snapshot.h"

namespace chainmend::proxy {

/// What a person is told when the proxy starts: where it listens, whom it trusts, its CA, and what to do
/// next. `addresses` are those of its listeners, the one that clients are told first. `admin` is where the
/// status pages are, or empty. `home` is shortened to "~" where it is not empty. `program` is how a shell
/// calls this program.
std::string start_up_text(const Snapshot& snapshot, const std::vector<std::string>& addresses,
                          const std::string& admin, const std::string& home, const std::string& program);

}  // namespace chainmend::proxy
