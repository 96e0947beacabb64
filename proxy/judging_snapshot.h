#pragma once

#include "proxy/snapshot.h"

namespace chainmend::proxy {

/// The part of a snapshot that judges servers, for commands that dial without serving: no signing CA is made
/// and no key is read, so `ca` and `mint` are empty. The certificate of a CA that is there is distrusted as
/// when serving. Blocks on files.
Result<SnapshotPtr> read_judging_snapshot(const config::Settings& settings, Time now);

/// The first thing for which a start under `settings` would be refused, as far as the settings and the files
/// they name decide it; else what it would warn of. Leaves no trace: nothing is made, stored or bound. Blocks
/// on files.
Result<std::vector<std::string>> check_settings(const config::Settings& settings, Time now);

}  // namespace chainmend::proxy
