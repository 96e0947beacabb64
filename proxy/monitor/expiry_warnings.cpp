#include "proxy/monitor/expiry_warnings.h"

#include <algorithm>

namespace chainmend::proxy {
namespace {

std::string days_text(std::int64_t days) {
    if (days < 0) return "ended " + std::to_string(-days) + (days == -1 ? " day ago" : " days ago");
    if (days == 0) return "ends today";
    return "ends in " + std::to_string(days) + (days == 1 ? " day" : " days");
}

const char* where_from(certs::Source source) {
    switch (source) {
        case certs::Source::server:
        case certs::Source::untrusted:
            return "sent by the server";
        case certs::Source::store:
        case certs::Source::import:
            return "from the issuer store";
        case certs::Source::aia:
            return "fetched";
        case certs::Source::trust:
            return "a trust anchor";
    }
    return "";
}

}  // namespace

std::vector<std::int64_t> warning_days(std::int64_t warn_days) {
    if (warn_days <= 0) return {};
    std::vector<std::int64_t> days{warn_days};
    for (const std::int64_t step : {14, 7, 1, 0}) {
        if (step < warn_days) days.push_back(step);
    }
    return days;
}

std::vector<ExpiryWarning> warn_of_end(const std::string& subject, const std::string& name, Time expires,
                                       Time at, HostEvent event, std::int64_t warn_days) {
    const std::int64_t days = std::chrono::floor<std::chrono::days>(expires - at).count();
    const bool is_over = expires < at;
    std::optional<std::int64_t> threshold;
    for (const auto step : warning_days(warn_days)) {
        if (step == 0 ? is_over : days <= step) threshold = step;
    }
    if (!threshold) return {};
    event.kind = "expiring";
    event.certificate = name;
    event.expires = expires;
    event.days = days;
    event.detail = name + " " + days_text(days) + ", on " + to_date(expires) +
                   (event.detail.empty() ? "" : " (" + event.detail + ")");
    return {{subject, *threshold, std::move(event)}};
}

std::vector<ExpiryWarning> expiry_warnings(const certs::Verdict& verdict, const HostEvent& about,
                                           std::int64_t warn_days) {
    const bool is_used = verdict.accepted() || verdict.failure.reason == certs::Reason::expired;
    if (!is_used) return {};
    std::vector<ExpiryWarning> warnings;
    const auto add = [&](std::vector<ExpiryWarning> more) {
        std::move(more.begin(), more.end(), std::back_inserter(warnings));
    };
    for (const auto& element : verdict.path) {
        const auto expires = element.certificate->not_after();
        if (!expires) continue;
        HostEvent event = about;
        if (&element != &verdict.path.front()) event.detail = where_from(element.source);
        add(warn_of_end(to_hex(element.certificate->sha256()), element.certificate->display_name(), *expires,
                        verdict.at, std::move(event), warn_days));
    }
    if (verdict.exception && verdict.exception->state == certs::ExceptionUse::State::used) {
        const auto& exception = *verdict.exception->exception;
        HostEvent event = about;
        event.detail = "owner: " + exception.owner;
        add(warn_of_end("exception " + exception.host + " " + to_hex(exception.spki),
                        "the exception for " + exception.host, exception.expires, verdict.at,
                        std::move(event), warn_days));
    }
    return warnings;
}

}  // namespace chainmend::proxy
