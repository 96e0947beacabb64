#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "certs/verdict.h"
#include "proxy/log/host_event.h"

namespace chainmend::proxy {

/// That something ends in so many days or fewer, to be told once.
struct ExpiryWarning {
    std::string subject;     ///< what ends, the same whoever looks: a fingerprint
    std::int64_t threshold;  ///< days: the smallest of warning_days() that is not below what is left
    HostEvent event;         ///< kind "expiring"
};

/// `warn_days` and, below it, 14, 7 and 1: an administrator has time, should begin, must act, is late. 0 is
/// told when it is over. None when `warn_days` is 0.
std::vector<std::int64_t> warning_days(std::int64_t warn_days);

/// Something that ends at `expires`, as of `at`. Nothing while there is more time than `warn_days`.
std::vector<ExpiryWarning> warn_of_end(const std::string& subject, const std::string& name, Time expires,
                                       Time at, HostEvent event, std::int64_t warn_days);

/// As of the verdict's time, of everything on the path that this verdict's clients use: the server's own
/// certificate, intermediates from wherever they came, cross-signs among them, and the anchor; and of the
/// exception that lets it be used. Whether the host's pins will hold after that is not known, since nobody
/// knows the next path; that the only pinned key is one that ends is said.
std::vector<ExpiryWarning> expiry_warnings(const certs::Verdict& verdict, const HostEvent& about,
                                           std::int64_t warn_days);

}  // namespace chainmend::proxy
