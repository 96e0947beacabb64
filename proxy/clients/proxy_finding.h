#pragma once

#include "proxy/clients/client_diagnosis.h"

namespace chainmend::proxy {

/// Whether this is the proxy, under the address of one of its listeners.
bool is_expected_proxy(const NamedProxy& named, const ExpectedSettings& expected);

/// Whether a client goes through the proxy.
Finding proxy_finding(const ClientRule& rule, const ExpectedSettings& expected,
                      const ClientSettings& settings);

}  // namespace chainmend::proxy
