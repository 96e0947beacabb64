#include "proxy/clients/direct_hosts.h"

#include <algorithm>
#include <sstream>

namespace chainmend::proxy {
namespace {

bool has_port(const std::string& entry) {
    const auto colon = entry.find(':');
    if (colon == std::string::npos) return false;
    if (entry.front() == '[') return !entry.ends_with(']');
    return entry.find(':', colon + 1) == std::string::npos;  // an IPv6 address has more of them
}

void add_once(std::vector<std::string>& entries, const std::string& entry) {
    if (std::find(entries.begin(), entries.end(), entry) == entries.end()) entries.push_back(entry);
}

}  // namespace

bool DirectHosts::is_understood_by_all(const std::string& entry) {
    return entry.find_first_of("*/") == std::string::npos && !has_port(entry);
}

DirectHosts DirectHosts::of(const std::string& no_proxy) {
    std::string separated = no_proxy;
    std::replace(separated.begin(), separated.end(), ',', ' ');
    std::istringstream stream(separated);
    DirectHosts hosts;
    for (std::string entry; stream >> entry;) {
        if (entry.starts_with("*.")) entry.erase(0, 1);
        add_once(is_understood_by_all(entry) ? hosts.kept : hosts.left_out, entry);
    }
    return hosts;
}

std::string DirectHosts::text() const {
    std::string list;
    for (const auto& entry : kept)
        list += (list.empty() ? "" : ",") + entry;
    return list;
}

}  // namespace chainmend::proxy
