#include "proxy/policy/exceptions.h"

#include <algorithm>

#include "config/date.h"
#include "config/forgivable_reasons.h"
#include "config/host_pattern.h"
#include "config/sha256_text.h"

namespace chainmend::proxy {
namespace {

Result<certs::ExceptionPtr> exception_of(const config::ExceptionRule& rule) {
    const auto wrong = [](std::string message) {
        return Error{ErrorCode::configuration, std::move(message)};
    };
    const auto key = parse_key_pin(rule.spki);
    if (!key) return wrong("spki is no SHA-256");
    const auto expires = last_moment_of(rule.expires);
    if (!expires) return expires.error().in("expires");
    if (rule.forgives.empty()) return wrong("forgives is empty: say which reasons it forgives");
    if (rule.reason.empty() || rule.owner.empty()) return wrong("reason and owner are needed");
    certs::Exception exception{rule.host, *key, rule.reason, rule.owner, *expires, {}};
    for (const std::string& name : rule.forgives) {
        const auto reason = certs::reason_from(name);
        const auto& names = forgivable_reasons();
        if (!reason || std::find(names.begin(), names.end(), name) == names.end())
            return wrong("forgives \"" + name + "\", which can not be forgiven");
        exception.forgives.insert(*reason);
    }
    return std::make_shared<const certs::Exception>(std::move(exception));
}

}  // namespace

Result<std::vector<certs::ExceptionPtr>> exceptions_of(const std::vector<config::ExceptionRule>& rules) {
    std::vector<certs::ExceptionPtr> exceptions;
    for (std::size_t i = 0; i < rules.size(); ++i) {
        const std::string name = "[[exception]] " + std::to_string(i + 1) + " (" + rules[i].host + ")";
        auto exception = exception_of(rules[i]);
        if (!exception) return exception.error().in(name);
        for (const auto& other : exceptions) {
            if (other->host == (*exception)->host && other->spki == (*exception)->spki)
                return Error{ErrorCode::configuration, name + ": another one is for this host and key"};
        }
        exceptions.push_back(std::move(exception).value());
    }
    return exceptions;
}

std::vector<certs::ExceptionPtr> exceptions_for(const std::vector<certs::ExceptionPtr>& exceptions,
                                                const std::string& host) {
    std::vector<certs::ExceptionPtr> found;
    for (const auto& exception : exceptions) {
        if (host_matches(exception->host, host)) found.push_back(exception);
    }
    return found;
}

std::string name_of(const certs::Exception& exception) {
    return "the exception for " + exception.host + " (owner: " + exception.owner + ")";
}

}  // namespace chainmend::proxy
