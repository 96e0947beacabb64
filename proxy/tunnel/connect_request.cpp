#include "proxy/tunnel/connect_request.h"

#include <algorithm>

#include "proxy/report/printable.h"

namespace chainmend::proxy {
namespace {

std::string lower_case(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return text;
}

bool is_absolute_form(const std::string& target) {
    return lower_case(target.substr(0, 7)) == "http://";
}

Refusal refuse_other_method(const RequestHead& head) {
    const auto method = printable_ascii(head.method, 20);
    // RFC 9112 section 3.2: a proxy is asked in absolute form; origin form means that it was taken for a web
    // server.
    if (is_absolute_form(head.target)) {
        return refusal_for(Trouble::method_not_allowed,
                           "plain HTTP is not served, only CONNECT; " + method + " was sent", "");
    }
    return refusal_for(Trouble::bad_request,
                       "this is a proxy and no web server; " + method + " was sent in origin form", "");
}

}  // namespace

bool host_matches(const std::string& pattern, const std::string& host) {
    const auto wanted = lower_case(pattern);
    if (wanted.rfind("*.", 0) != 0) return wanted == host;
    const auto suffix = wanted.substr(1);
    return host.size() > suffix.size() &&
           host.compare(host.size() - suffix.size(), suffix.size(), suffix) == 0;
}

Refusal refusal_for(const RequestParser::Refusal& refusal) {
    auto made = refusal_for(refusal.status == 431 ? Trouble::head_too_large : Trouble::bad_request,
                            refusal.reason, "");
    made.status = refusal.status;
    return made;
}

std::variant<Authority, Refusal> judge_request(const RequestHead& head, const Snapshot& snapshot) {
    if (!head.is_connect()) return refuse_other_method(head);
    auto authority = parse_authority(head.target);
    if (!authority) return refusal_for(Trouble::bad_request, authority.error().message, "");
    const auto& host = authority->host.text();
    for (const auto& rule : snapshot.settings.hosts) {
        const bool applies = std::any_of(rule.match.begin(), rule.match.end(),
                                         [&](const auto& pattern) { return host_matches(pattern, host); });
        if (!applies) continue;
        if (rule.action == config::HostAction::refuse) {
            return refusal_for(Trouble::host_denied, host + " is refused by the configuration", host);
        }
        break;  // the first rule that applies decides
    }
    if (const auto denial = snapshot.connect_policy.deny_port(authority->port)) {
        return refusal_for(denial->trouble, denial->cause, host);
    }
    return std::move(authority).value();
}

}  // namespace chainmend::proxy
