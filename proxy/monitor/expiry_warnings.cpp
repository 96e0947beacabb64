#include "proxy/monitor/expiry_warnings.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>

#include "certs/evidence.h"

namespace chainmend::proxy {
namespace {

std::string end_text(std::int64_t days, bool is_over) {
    const auto count = std::to_string(std::abs(days)) + (std::abs(days) == 1 ? " day" : " days");
    if (is_over) return days == 0 ? "has ended" : "ended " + count + " ago";
    return days == 0 ? "ends within a day" : "ends in " + count;
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

/// Whether `element` has the only key that is pinned for this host.
bool is_only_pin(const certs::PathElement& element, const certs::Verdict& verdict) {
    const auto* pins = verdict.evidence ? verdict.evidence->request.pins.get() : nullptr;
    if (pins == nullptr || pins->pins.empty()) return false;
    const auto is_its_key = [&](const Sha256& pin) { return pin == element.certificate->spki_sha256(); };
    return std::all_of(pins->pins.begin(), pins->pins.end(), is_its_key) &&
           std::all_of(pins->backups.begin(), pins->backups.end(), is_its_key);
}

/// What a person should know of the end of this certificate beside its day.
std::string circumstances(const certs::PathElement& element, const certs::Verdict& verdict) {
    std::string text = &element == &verdict.path.front() ? "" : where_from(element.source);
    if (is_only_pin(element, verdict))
        text += std::string(text.empty() ? "" : "; ") +
                "the only key that is pinned for this host: with another one it will be refused";
    return text;
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
    const auto days = whole_days(expires - at);
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
    event.detail = name + " " + end_text(days, is_over) + ", on " + to_date(expires) +
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
        event.detail = circumstances(element, verdict);
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
