#pragma once

#include <string>

namespace chainmend::proxy {

/// The media type of proxy auto-configuration files.
constexpr const char* auto_configuration_type = "application/x-ns-proxy-autoconfig";

/// A proxy auto-configuration file for browsers: https through the proxy at `proxy` ("127.0.0.1:8181"), and
/// what it says about its decisions (own_host); everything else direct.
std::string auto_configuration(const std::string& proxy);

}  // namespace chainmend::proxy
