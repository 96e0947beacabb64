#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "certs/verdict.h"
#include "proxy/report/json.h"

namespace chainmend::proxy {

/// What a look at one server found.
struct CheckedHost {
    std::string host;  ///< as it was asked for: a name or an address without brackets
    std::uint16_t port = 443;
    std::string address;  ///< that was connected to; empty when it never came to that
    std::string tls;      ///< "1.3"; empty when no version was agreed
    std::shared_ptr<const certs::Verdict> verdict;  ///< null when no certificates were seen
    std::string reason = "ok";                      ///< a to_string(certs::Reason), or of a Trouble
    std::string cause;                              ///< one line for a person, empty when accepted
    std::string advice;                             ///< what to do about a refusal, may be empty
    Time at{};                                      ///< when it was judged, and
    std::string profile;                            ///< how strictly
    std::chrono::microseconds elapsed{};            ///< of the whole look, with connecting and fetching
    /// Other addresses of its name that showed no certificate: "192.0.2.3 (connection_refused)".
    std::vector<std::string> silent;

    bool accepted() const { return reason == "ok"; }
    /// Accepted with certificates that the server did not send: strict clients fail there.
    bool repaired() const;
    /// Whole days until the first certificate of the used path expires; of a refused one only when that is
    /// the reason, since else there is no path that is used.
    std::optional<std::int64_t> days_left() const;
    /// "a.test:443", "[::1]:443"
    std::string name() const;
};

/// Below how many days left a certificate is a matter for somebody. ACME clients renew 30 days ahead, so
/// below 21 a renewal has failed for more than a week; a week is what a person needs to have one issued.
struct ExpiryThresholds {
    std::int64_t warning = 21;
    std::int64_t critical = 7;
};

/// One server in full: what it sent, what was missing and where that came from, the path, what to do.
std::string check_text(const CheckedHost& host, const ExpiryThresholds& thresholds, bool colours);

/// Several servers side by side, a line each, and a summary.
std::string check_table(const std::vector<CheckedHost>& hosts, const ExpiryThresholds& thresholds);

/// "3 hosts: 1 accepted, 1 repaired, 1 refused"
std::string check_summary(const std::vector<CheckedHost>& hosts);

/// verdict_json() and, behind it, "port", "address", "tls", "presented", "out_of_order" and "silent". A
/// server that showed no certificates has the same fields, with the reason why.
Json check_json(const CheckedHost& host);

/// Certificate of the server and its intermediates as PEM, in the order in which a server must send them
/// (RFC 8446 section 4.4.2), without the root. Empty when the host was not accepted.
std::string full_chain(const CheckedHost& host);

}  // namespace chainmend::proxy
