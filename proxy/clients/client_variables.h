#pragma once

#include <span>

namespace chainmend::proxy {

/// What a variable holds.
enum class VariableContent {
    proxy_url,     ///< "http://HOST:PORT"; other schemes are not understood by all
    direct_hosts,  ///< hosts that are reached without the proxy, of those that were there; unset without any
    ca_bundle,     ///< a file that takes the place of the client's trust list: the system's roots and the CA
    ca_certificate,   ///< a file that is added to the client's trust list: the CA alone
    switched_on,      ///< "1"
    wget_settings,    ///< a file that begins with the user's own settings
    apt_settings,     ///< likewise
    php_directories,  ///< directories of settings, ours behind those that were there
    java_options,     ///< options behind those that were there
    nothing,          ///< must be unset: it would defeat the others
};

struct ClientVariable {
    const char* name;
    VariableContent content;
    const char* readers;  ///< the programs and libraries that read it, for people
};

/// Every variable there is, in the order in which they are printed.
std::span<const ClientVariable> client_variables();

}  // namespace chainmend::proxy
