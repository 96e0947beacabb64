#pragma once

#include <string>
#include <vector>

namespace chainmend::proxy {

/// The hosts that a NO_PROXY list keeps from the proxy, written so that all clients understand it alike.
struct DirectHosts {
    std::vector<std::string> kept;  ///< names, addresses and ".suffix"es, each once
    /// What only some clients understand, and what would switch the proxy off: networks ("10.0.0.0/8"), ports
    /// ("localhost:80"), patterns ("10.*") and "*".
    std::vector<std::string> left_out;

    /// Entries are separated by commas or spaces. "*.example.com" becomes ".example.com".
    static DirectHosts of(const std::string& no_proxy);

    /// Whether this entry means the same to every client as it stands.
    static bool is_understood_by_all(const std::string& entry);

    /// As a variable holds it; empty when nothing is kept.
    std::string text() const;
};

}  // namespace chainmend::proxy
