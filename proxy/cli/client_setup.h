#pragma once

#include <string>

#include "proxy/cli/console.h"
#include "proxy/clients/client_environment.h"
#include "proxy/files/signing_ca_directory.h"

namespace chainmend::proxy {

/// Writes `files` and returns the variables that go with them: what `env` prints and `run` sets. A user and
/// password that the environment holds for this very proxy are kept; that there are none although
/// `asks_for_password`, and what of NO_PROXY is left out, is told on console.err.
Result<ClientEnvironment> client_setup(const ProxyPlace& place, bool asks_for_password,
                                       const SigningCaFiles& ca, const ClientFiles& files,
                                       const Console& console);

}  // namespace chainmend::proxy
