#pragma once

#include <string>
#include <utility>
#include <vector>

#include "config/result.h"

namespace chainmend::proxy {

/// The variables that make today's clients use the proxy and trust its CA.
struct ClientEnvironment {
    std::vector<std::pair<std::string, std::string>> set;  ///< name and value, in a fixed order
    std::vector<std::string> unset;                        ///< names that would defeat the others
};

/// `proxy_url` begins with "http://" (others are not understood by all clients). `ca_bundle` holds the
/// system's roots and the signing CA, because most variables replace a client's trust list; `ca_certificate`
/// holds the CA alone, for those that add.
ClientEnvironment client_environment(const std::string& proxy_url, const std::string& ca_bundle,
                                     const std::string& ca_certificate);

enum class Shell { sh, fish, powershell, dotenv, docker };

/// The same as lines to be evaluated by a shell, or as options of `docker run`.
std::string shell_text(const ClientEnvironment& environment, Shell shell);

/// `text` as one word for a POSIX shell, whatever is in it.
std::string sh_quoted(const std::string& text);

}  // namespace chainmend::proxy
