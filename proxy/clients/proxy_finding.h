#pragma once

#include "proxy/clients/client_diagnosis.h"

namespace chainmend::proxy {

/// Whether a client goes through the proxy.
Finding proxy_finding(const ClientRule& rule, const ExpectedSettings& expected,
                      const ClientSettings& settings);

}  // namespace chainmend::proxy
