#pragma once

#include <string>
#include <utility>
#include <vector>

#include "proxy/clients/client_files.h"
#include "proxy/clients/proxy_place.h"

namespace chainmend::proxy {

/// The variables that make today's clients use the proxy and trust its CA.
struct ClientEnvironment {
    std::vector<std::pair<std::string, std::string>> set;  ///< name and value, in a fixed order
    std::vector<std::string> unset;                        ///< names that would defeat the others
    std::vector<std::string> left_out = {};  ///< entries of NO_PROXY that are not kept; see DirectHosts
};

/// The table of client_variables() filled in. `present` tells the variables as they are: what some of them
/// hold already is kept in front, and a second time nothing is added.
ClientEnvironment client_environment(const ProxyPlace& proxy, const ClientFiles& files,
                                     const VariableLookup& present);

}  // namespace chainmend::proxy
