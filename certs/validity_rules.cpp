#include "certs/validity_rules.h"

namespace chainmend::certs {
namespace {

/// "today", "1 day", "12 days"
std::string day_count(std::chrono::seconds span) {
    const auto days = whole_days(span);
    return days == 1 ? "1 day" : std::to_string(days) + " days";
}

/// RFC 5280 section 4.1.2.5: notAfter is the last second of the validity.
void has_not_expired(const Certificate& certificate, int depth, Time at, PathFindings& findings) {
    const Time not_after = *certificate.not_after();
    if (at <= not_after) return;
    findings.refuse(Reason::expired, depth,
                    findings.name(depth) + " expired on " + to_date(not_after) + " (" +
                        day_count(at - not_after) + " ago)");
}

/// RFC 5280 section 4.1.2.5: notBefore is the first second of the validity.
void has_begun(const Certificate& certificate, int depth, Time at, PathFindings& findings) {
    const Time not_before = *certificate.not_before();
    if (not_before <= at) return;
    findings.refuse(Reason::not_yet_valid, depth,
                    findings.name(depth) + " is not valid before " + to_rfc3339(not_before) + " (in " +
                        day_count(not_before - at) + ")");
}

}  // namespace

void judge_validity(const Certificate& certificate, int depth, Time at, PathFindings& findings) {
    if (!certificate.not_before() || !certificate.not_after()) {
        findings.refuse(Reason::malformed_certificate, depth,
                        findings.name(depth) + " has a validity that can not be read");
        return;
    }
    has_not_expired(certificate, depth, at, findings);
    has_begun(certificate, depth, at, findings);
}

}  // namespace chainmend::certs
