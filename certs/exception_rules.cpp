#include "certs/exception_rules.h"

#include <algorithm>

namespace chainmend::certs {

bool forgives(const Exception& exception, Reason reason) {
    const bool is_fetch = reason == Reason::fetch_limit || reason == Reason::fetch_blocked;
    return exception.forgives.contains(is_fetch ? Reason::issuer_not_found : reason);
}

ExceptionUse look_at_exception(const ExceptionPtr& exception, const Sha256& key, Time at,
                               const Verdict& verdict) {
    using enum ExceptionUse::State;
    ExceptionUse use{used, exception, whole_days(exception->expires - at)};
    if (exception->spki != key) {
        use.state = other_key;
    } else if (at > exception->expires) {
        use.state = expired;
    } else if (verdict.accepted()) {
        use.state = not_needed;
    } else if (!forgives(*exception, verdict.failure.reason)) {
        use.state = other_reason;
    }
    return use;
}

std::vector<Reason> forgiven_in(const Verdict& verdict, const Exception& exception, Reason strict) {
    std::vector<Reason> forgave{strict};
    for (const Warning& warning : verdict.warnings) {
        const auto reason = reason_from(warning.code);
        if (!reason || !forgives(exception, *reason)) continue;
        if (std::find(forgave.begin(), forgave.end(), *reason) == forgave.end()) forgave.push_back(*reason);
    }
    return forgave;
}

Expiry end_under_exception(const Verdict& verdict, const Exception& exception, Time at) {
    Expiry end{exception.expires, whole_days(exception.expires - at), 0};
    for (std::size_t i = 0; i < verdict.path.size(); ++i) {
        const auto not_after = verdict.path[i].certificate->not_after();
        if (!not_after || *not_after < at || *not_after >= end.at) continue;
        end = {*not_after, whole_days(*not_after - at), static_cast<int>(i)};
    }
    return end;
}

bool ends_with_exception(const Verdict& verdict) {
    return verdict.how == How::by_exception && verdict.expires && verdict.exception &&
           verdict.exception->exception && verdict.expires->at == verdict.exception->exception->expires;
}

std::string why_not_excepted(const ExceptionUse& use) {
    const std::string owner = " (owner: " + use.exception->owner + ")";
    switch (use.state) {
        case ExceptionUse::State::other_key:
            return "; the exception for this host is for another public key" + owner;
        case ExceptionUse::State::expired:
            return "; the exception for this host ended on " + to_date(use.exception->expires) + owner;
        case ExceptionUse::State::other_reason:
            return "; the exception for this host does not forgive this" + owner;
        case ExceptionUse::State::used:
        case ExceptionUse::State::not_needed:
            return "";
    }
    return "";
}

}  // namespace chainmend::certs
