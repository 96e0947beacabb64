#include "certs/validity_rules.h"

namespace chainmend::certs {
namespace {

/// "today", "1 day", "12 days"
std::string day_count(std::chrono::seconds span) {
    const auto days = std::chrono::duration_cast<std::chrono::days>(span).count();
    return days == 1 ? "1 day" : std::to_string(days) + " days";
}

}  // namespace

void judge_validity(const Certificate& certificate, int depth, Time at, PathFindings& findings) {
    const auto not_before = certificate.not_before();
    const auto not_after = certificate.not_after();
    if (!not_before || !not_after) {
        findings.refuse(Reason::malformed_certificate, depth,
                        findings.name(depth) + " has a validity that can not be read");
    } else if (*not_after < at) {
        findings.refuse(Reason::expired, depth,
                        findings.name(depth) + " expired on " + to_date(*not_after) + " (" +
                            day_count(at - *not_after) + " ago)");
    } else if (at < *not_before) {
        findings.refuse(Reason::not_yet_valid, depth,
                        findings.name(depth) + " is not valid before " + to_rfc3339(*not_before) + " (in " +
                            day_count(*not_before - at) + ")");
    }
}

}  // namespace chainmend::certs
