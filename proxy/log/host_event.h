#pragma once

#include <optional>
#include <string>

#include "config/time.h"
#include "proxy/log/decision_record.h"

namespace chainmend::proxy {

/// Something that whoever looks after a host, or after the proxy, should hear of.
struct HostEvent {
    RecordTime at{};
    std::string kind;      ///< "expiring", or what changed about the host: new_key, address_silent, ...
    std::string host;      ///< empty: it is about the proxy itself
    int port = 0;          ///< 0: it is about no one port
    std::string detail;    ///< one line for a person; may hold text of certificates
    std::string decision;  ///< the id of the decision that told it, may be empty
    // Of "expiring":
    std::string certificate = {};  ///< the name of what ends: a certificate, an exception
    std::optional<Time> expires = std::nullopt;
    std::int64_t days = 0;  ///< whole days left; negative when it is over
};

/// "a.test:443: new_key: 1f03a4b2 before, 99bc01d7 now", printable ASCII.
std::string host_event_text(const HostEvent& event);

/// One object, listed in proxy/README.md: a line of the log, and what the monitor hands to a command or a
/// webhook.
Json host_event_json(const HostEvent& event);

}  // namespace chainmend::proxy
