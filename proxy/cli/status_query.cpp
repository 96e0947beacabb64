#include "proxy/cli/status_query.h"

#include <nlohmann/json.hpp>
#include <optional>

#include "proxy/fetch/http_get.h"

namespace chainmend::proxy {
namespace {

/// The table of fetches has at most 512 URLs and 4,096 hosts.
constexpr FetchLimits limits{std::chrono::seconds{5}, 4 * 1024 * 1024, 0};

Error no_answer(const std::string& address, const certs::Fetch& fetch) {
    return {ErrorCode::environment,
            "no proxy answers on " + address + " (" + certs::to_string(fetch) +
                (fetch.detail.empty() ? "" : ", " + fetch.detail) +
                "): start it with \"chainmend\", or name its listen.admin with --admin"};
}

HttpGetOutcome get(const SocketAddress& address, std::shared_ptr<const EgressPolicy> policy) {
    EventLoop loop;
    Resolver resolver(loop, {});
    HttpGetRequest request;
    request.url = "http://" + address.text() + "/status";
    request.origin = Reach::loopback;
    request.limits = limits;
    HttpGetOutcome outcome;
    auto operation = start_http_get(loop, resolver, std::move(policy), request, [&](HttpGetOutcome result) {
        outcome = std::move(result);
        loop.stop();
    });
    loop.run();
    operation.reset();
    return outcome;
}

}  // namespace

SocketAddress reachable(SocketAddress listener) {
    if (listener.address.is_unspecified()) {
        const bool v4 = listener.address.family() == IpAddress::Family::v4;
        listener.address = *IpAddress::parse(v4 ? "127.0.0.1" : "::1");
    }
    return listener;
}

Result<Json> ask_status(const std::string& text) {
    const auto parsed = SocketAddress::parse(text);
    if (!parsed || parsed->port == 0) {
        return Error{ErrorCode::invalid_argument,
                     "\"" + text + "\" is no address:port of status pages, for instance 127.0.0.1:8182"};
    }
    const auto address = reachable(*parsed);
    // The user named exactly this one.
    config::EgressSettings settings;
    settings.allow = {address.text()};
    auto policy = EgressPolicy::make(settings, {}, {});
    if (!policy) return policy.error();
    const auto outcome = get(address, *std::move(policy));
    if (outcome.fetch.result != certs::FetchResult::ok) return no_answer(address.text(), outcome.fetch);
    auto json = Json::parse(outcome.body, nullptr, false);
    if (!json.is_object() || !json.contains("v") || json["v"] != 1) {
        return Error{ErrorCode::environment,
                     "what answers on " + address.text() + " is no chainmend that this program understands"};
    }
    return json;
}

}  // namespace chainmend::proxy
