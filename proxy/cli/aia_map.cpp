#include "proxy/cli/aia_map.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>

#include "certs/certificate_file.h"
#include "config/toml_text.h"
#include "proxy/fetch/egress_policy.h"
#include "proxy/fetch/url.h"
#include "proxy/http/base64.h"

namespace chainmend::proxy {
namespace {

using Behaviour = MappedResponse::Behaviour;
using certs::FetchResult;
using nlohmann::json;

struct BehaviourName {
    const char* name;
    Behaviour behaviour;
};

constexpr std::array<BehaviourName, 14> behaviour_names{{{"answer", Behaviour::answer},
                                                         {"ok", Behaviour::answer},
                                                         {"hang", Behaviour::hang},
                                                         {"timeout", Behaviour::hang},
                                                         {"slow", Behaviour::slow},
                                                         {"refused", Behaviour::refused},
                                                         {"connection_refused", Behaviour::refused},
                                                         {"reset", Behaviour::reset},
                                                         {"close", Behaviour::reset},
                                                         {"dns_error", Behaviour::dns_error},
                                                         {"nxdomain", Behaviour::dns_error},
                                                         {"huge", Behaviour::huge},
                                                         {"endless", Behaviour::huge},
                                                         {"truncated", Behaviour::truncated}}};

constexpr std::int64_t usual_milliseconds = 1;
constexpr std::int64_t slow_milliseconds = 1'000;

Result<Behaviour> behaviour_from(const std::string& name) {
    for (const auto& row : behaviour_names) {
        if (name == row.name) return row.behaviour;
    }
    return Error{ErrorCode::malformed,
                 "behaviour is " + config::toml_text(name.substr(0, 40)) +
                     "; it may be answer, hang, slow, refused, reset, dns_error, huge or truncated"};
}

/// The text at `key`, empty when absent or null.
Result<std::string> text_at(const json& entry, const char* key) {
    const auto value = entry.find(key);
    if (value == entry.end() || value->is_null()) return std::string();
    if (!value->is_string()) return Error{ErrorCode::malformed, std::string(key) + " is not a text"};
    return value->get<std::string>();
}

Result<MappedResponse> parse_response(const json& entry) {
    if (!entry.is_object()) return Error{ErrorCode::malformed, "is not an object"};
    MappedResponse response;
    if (const auto status = entry.find("status"); status != entry.end() && !status->is_null()) {
        if (!status->is_number_integer()) return Error{ErrorCode::malformed, "status is not a whole number"};
        response.status = status->get<int>();
    }
    const auto location = text_at(entry, "location");
    const auto body = text_at(entry, "body");
    const auto behaviour = text_at(entry, "behaviour");
    for (const auto* text : {&location, &body, &behaviour}) {
        if (!*text) return text->error();
    }
    const auto decoded = decode_base64(*body);
    if (!decoded) return Error{ErrorCode::malformed, "body is not base64"};
    response.location = *location;
    response.body = *decoded;
    if (!behaviour->empty()) {
        const auto known = behaviour_from(*behaviour);
        if (!known) return known.error();
        response.behaviour = *known;
    }
    return response;
}

/// Address literals that no origin at all may point to; where a name would lead is not known here.
std::string refusal_of(const Url& url) {
    if (url.port != 80 && url.port < 1024) return "port " + std::to_string(url.port) + " is not fetched from";
    const auto address = IpAddress::parse(url.host);
    if (!address) return {};
    const Reach reach = reach_of(*address);
    if (reach != Reach::never && reach != Reach::reserved) return {};
    return url.host + " is an address that is never fetched from (" + to_string(reach) + ")";
}

bool is_redirect(int status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

void fail(certs::Fetch& fetch, FetchResult result, std::string detail) {
    fetch.result = result;
    fetch.detail = std::move(detail);
}

/// What the server's behaviour alone decides; false when there is an answer to look at.
bool ends_without_answer(Behaviour behaviour, std::chrono::milliseconds timeout, certs::Fetch& fetch) {
    switch (behaviour) {
        case Behaviour::answer:
            return false;
        case Behaviour::slow:
            fetch.milliseconds += slow_milliseconds;
            return false;
        case Behaviour::hang:
            fetch.milliseconds = timeout.count();
            fail(fetch, FetchResult::timeout, "no answer");
            return true;
        case Behaviour::refused:
            fail(fetch, FetchResult::connection_refused, "connection refused");
            return true;
        case Behaviour::reset:
            fail(fetch, FetchResult::connection_failed, "connection reset");
            return true;
        case Behaviour::dns_error:
            fail(fetch, FetchResult::dns_error, "the name does not resolve");
            return true;
        case Behaviour::huge:
            fail(fetch, FetchResult::too_large, "the answer does not end");
            return true;
        case Behaviour::truncated:
            fail(fetch, FetchResult::truncated, "the connection closed in the middle of the answer");
            return true;
    }
    return true;
}

void read_body(const MappedResponse& response, const config::RepairSettings& limits, MappedFetch& mapped) {
    certs::Fetch& fetch = mapped.fetch;
    fetch.http_status = response.status;
    fetch.bytes = static_cast<std::int64_t>(response.body.size());
    if (response.status != 200)
        return fail(fetch, FetchResult::http_error, "status " + std::to_string(response.status));
    if (response.body.empty()) return fail(fetch, FetchResult::empty, "nothing was sent");
    if (fetch.bytes > limits.max_bytes) {
        fetch.bytes = limits.max_bytes;
        return fail(fetch, FetchResult::too_large,
                    "more than " + std::to_string(limits.max_bytes) + " bytes");
    }
    auto file = certs::read_certificates(response.body);
    if (!file) return fail(fetch, FetchResult::unparsable, file.error().message);
    fetch.format = certs::to_string(file->format);
    mapped.certificates = std::move(file->certificates);
}

}  // namespace

/// Where redirects led: a response, or why there is none.
struct AiaMap::Located {
    const MappedResponse* response = nullptr;
    FetchResult result = FetchResult::ok;
    std::string detail;
};

Result<AiaMap> AiaMap::parse(std::string_view text) {
    const json document = json::parse(text, nullptr, false);
    if (!document.is_object()) {
        return Error{ErrorCode::malformed,
                     "this is no JSON object of URLs: {\"http://...\": {\"body\": \"BASE64\"}}"};
    }
    AiaMap map;
    for (const auto& [url, entry] : document.items()) {
        auto response = parse_response(entry);
        if (!response) return response.error().in(config::toml_text(url.substr(0, 200)));
        const auto parsed = parse_url(url);
        map.responses_[parsed ? parsed->text() : url] = *std::move(response);
    }
    return map;
}

AiaMap::Located AiaMap::locate(const std::string& text, const config::RepairSettings& limits) const {
    auto url = parse_url(text);
    std::set<std::string> seen;
    for (std::int64_t redirects = 0;; ++redirects) {
        if (!url) {
            const bool blocked = url.error().code == ErrorCode::blocked || redirects == 0;
            return {nullptr, blocked ? FetchResult::blocked : FetchResult::bad_response, url.error().message};
        }
        if (const auto refusal = refusal_of(*url); !refusal.empty())
            return {nullptr, FetchResult::blocked, refusal};
        if (!seen.insert(url->text()).second)
            return {nullptr, FetchResult::redirect_loop, "redirects in a circle"};
        const auto found = responses_.find(url->text());
        if (found == responses_.end()) return {nullptr, FetchResult::dns_error, "nothing is mapped there"};
        const MappedResponse& response = found->second;
        if (!is_redirect(response.status) || response.behaviour != Behaviour::answer)
            return {&response, FetchResult::ok, ""};
        if (redirects == limits.max_redirects) {
            return {nullptr, FetchResult::redirect_loop,
                    "more than " + std::to_string(redirects) + " redirects"};
        }
        url = resolve_url(*url, response.location);
    }
}

MappedFetch AiaMap::fetch(const std::string& url, const config::RepairSettings& limits,
                          std::chrono::milliseconds timeout) const {
    MappedFetch mapped;
    mapped.fetch.url = url;
    mapped.fetch.milliseconds = usual_milliseconds;
    const Located located = locate(url, limits);
    if (located.response == nullptr) {
        fail(mapped.fetch, located.result, located.detail);
    } else if (!ends_without_answer(located.response->behaviour, timeout, mapped.fetch)) {
        read_body(*located.response, limits, mapped);
    }
    return mapped;
}

}  // namespace chainmend::proxy
