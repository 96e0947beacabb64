#pragma once

#include <string>
#include <vector>

#include "certs/certificate.h"
#include "config/result.h"
#include "proxy/clients/command_answer.h"

namespace chainmend::proxy {

/// What an NSS database knows of one certificate.
struct NssEntry {
    std::vector<std::string> nicknames;  ///< what it may be called there; empty when it is not there
    bool trusted = false;                ///< as a CA for servers ("C" among the first flags)
};

/// Asks certutil, by the certificate itself and not by a name: somebody may have put it there under another,
/// or without trust. `nickname` is what we call it. Only entries with some trust or with a name of ours are
/// looked at, since browsers keep hundreds of others' intermediates there. ErrorCode::not_found when certutil
/// is not installed, ErrorCode::environment when it can not read the database.
Result<NssEntry> find_in_nss(const std::string& database, const certs::Certificate& certificate,
                             const std::string& nickname, const CommandQuestion& ask);

}  // namespace chainmend::proxy
