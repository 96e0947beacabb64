#pragma once

#include <string>

#include "proxy/cli/console.h"
#include "proxy/clients/client_environment.h"
#include "proxy/files/signing_ca_directory.h"

namespace chainmend::proxy {

/// Writes `files` and returns the variables that go with them: what `env` prints and `run` sets. `address` is
/// the proxy's, "127.0.0.1:8181".
Result<ClientEnvironment> client_setup(const std::string& address, const SigningCaFiles& ca,
                                       const ClientFiles& files, const Console& console);

}  // namespace chainmend::proxy
