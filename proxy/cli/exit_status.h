#pragma once

#include "config/result.h"

namespace chainmend::proxy {

/// What the program tells the shell. Scripts depend on these numbers: they never change their meaning.
enum class ExitStatus {
    ok = 0,
    refused = 1,        ///< a host or a certificate was refused
    usage = 2,          ///< the command line itself is wrong
    configuration = 3,  ///< a setting is wrong, or an input can not be read
    environment = 4,    ///< port taken, no permission, disk full, no network
    signing_ca = 5,     ///< the signing CA or its key is unusable
};

/// The one place where errors become exit statuses.
ExitStatus exit_status_of(ErrorCode code);

}  // namespace chainmend::proxy
