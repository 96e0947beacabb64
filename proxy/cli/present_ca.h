#pragma once

#include <cstdint>

#include "proxy/cli/command.h"
#include "proxy/files/signing_ca_directory.h"

namespace chainmend::proxy {

/// The CA that is there; that there is none is a problem of the CA, whatever the reason.
Result<SigningCaFiles> present_ca(const config::Settings& settings, Time now);

/// Whole days until it expires; negative afterwards.
std::int64_t days_left(const certs::Certificate& certificate, Time now);

/// The CA as people are shown it: name, file, fingerprint, end, issuer when it is not its own.
void print_ca(const SigningCaFiles& files, Time now, std::ostream& out);

}  // namespace chainmend::proxy
