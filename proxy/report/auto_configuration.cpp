#include "proxy/report/auto_configuration.h"

#include "proxy/report/refusal.h"

namespace chainmend::proxy {

std::string auto_configuration(const std::string& proxy) {
    return "function FindProxyForURL(url, host) {\n"
           "  if (url.substring(0, 6) == \"https:\" || url.substring(0, 4) == \"wss:\" ||\n      host == \"" +
           std::string(own_host) + "\") return \"PROXY " + proxy + "\";\n  return \"DIRECT\";\n}\n";
}

}  // namespace chainmend::proxy
