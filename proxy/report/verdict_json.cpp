#include "proxy/report/verdict_json.h"

#include <algorithm>

#include "config/sha256_text.h"

namespace chainmend::proxy {
namespace {

Json text_or_null(const std::string& text) {
    return text.empty() ? Json(nullptr) : Json(text);
}

Json time_or_null(const std::optional<Time>& time) {
    return time ? Json(to_rfc3339(*time)) : Json(nullptr);
}

/// The fetch that brought it for this verdict; null for what came otherwise.
const certs::Fetch* fetch_of(const certs::PathElement& element, const certs::Verdict& verdict) {
    if (element.source != certs::Source::aia) return nullptr;
    for (const auto& fetch : verdict.fetches) {
        if (fetch.url == element.origin && fetch.result == certs::FetchResult::ok) return &fetch;
    }
    return nullptr;
}

std::int64_t days_old(Time obtained_at, Time now) {
    return std::max<std::int64_t>(0, whole_days(now - obtained_at));
}

}  // namespace

Json path_json(const certs::Verdict& verdict) {
    Json array = Json::array();
    int depth = 0;
    for (const auto& element : verdict.path) {
        const auto& certificate = *element.certificate;
        const auto* fetch = fetch_of(element, verdict);
        array.push_back({{"depth", depth++},
                         {"sha256", to_hex(certificate.sha256())},
                         {"subject", certificate.subject()},
                         {"issuer", certificate.issuer()},
                         {"serial", certificate.serial()},
                         {"not_before", time_or_null(certificate.not_before())},
                         {"not_after", time_or_null(certificate.not_after())},
                         {"source", certs::to_string(element.source)},
                         {"url", text_or_null(element.origin)},
                         {"obtained_at", time_or_null(element.obtained_at)},
                         {"age_days", element.obtained_at ? Json(days_old(*element.obtained_at, verdict.at))
                                                          : Json(nullptr)},
                         {"bytes", fetch ? Json(fetch->bytes) : Json(nullptr)},
                         {"ms", fetch ? Json(fetch->milliseconds) : Json(nullptr)},
                         {"format", fetch ? text_or_null(fetch->format) : Json(nullptr)},
                         {"disclosed", element.disclosed ? Json(*element.disclosed) : Json(nullptr)}});
    }
    return array;
}

Json missing_json(const std::vector<certs::MissingIssuer>& missing) {
    Json array = Json::array();
    for (const auto& issuer : missing)
        array.push_back({{"subject", issuer.subject}, {"key_id", issuer.key_id}});
    return array;
}

Json warnings_json(const std::vector<certs::Warning>& warnings) {
    Json array = Json::array();
    for (const auto& warning : warnings) {
        array.push_back({{"code", warning.code}, {"depth", warning.depth}, {"detail", warning.detail}});
    }
    return array;
}

Json attempts_json(const std::vector<certs::Attempt>& attempts) {
    Json array = Json::array();
    for (const auto& attempt : attempts) {
        Json path = Json::array();
        for (const auto& element : attempt.path)
            path.push_back(to_hex(element.certificate->sha256()));
        array.push_back({{"path", std::move(path)},
                         {"reason", certs::to_string(attempt.failure.reason)},
                         {"depth", attempt.failure.depth},
                         {"detail", attempt.failure.detail}});
    }
    return array;
}

Json fetches_json(const std::vector<certs::Fetch>& fetches) {
    Json array = Json::array();
    for (const auto& fetch : fetches) {
        array.push_back({{"url", fetch.url},
                         {"result", certs::to_string(fetch)},
                         {"bytes", fetch.bytes},
                         {"ms", fetch.milliseconds},
                         {"format", text_or_null(fetch.format)},
                         {"address", text_or_null(fetch.address)},
                         {"detail", text_or_null(fetch.detail)},
                         {"from_cache", fetch.from_cache}});
    }
    return array;
}

Json expires_json(const std::optional<certs::Expiry>& expires) {
    if (!expires) return nullptr;
    return {{"at", to_rfc3339(expires->at)}, {"days", expires->days}, {"depth", expires->depth}};
}

Json stats_json(const certs::BuildStats& stats) {
    return {{"paths", stats.paths}, {"signatures", stats.signatures}, {"nodes", stats.nodes}};
}

Json exception_json(const std::optional<certs::ExceptionUse>& use) {
    if (!use) return nullptr;
    Json forgave = Json::array();
    for (const auto reason : use->forgave)
        forgave.push_back(certs::to_string(reason));
    return {{"state", certs::to_string(use->state)},
            {"host", use->exception->host},
            {"spki", to_base64(use->exception->spki)},
            {"reason", use->exception->reason},
            {"owner", use->exception->owner},
            {"expires", to_rfc3339(use->exception->expires)},
            {"days_left", use->days_left},
            {"forgave", std::move(forgave)}};
}

Json revocation_json(const certs::RevocationAccount& account, Time at) {
    if (account.findings.empty()) return nullptr;
    Json findings = Json::array();
    for (const auto& finding : account.findings) {
        findings.push_back(
            {{"depth", finding.depth},
             {"status", certs::to_string(finding.status)},
             {"source", certs::to_string(finding.source)},
             {"url", text_or_null(finding.origin)},
             {"this_update", time_or_null(finding.this_update)},
             {"next_update", time_or_null(finding.next_update)},
             {"age_s", finding.this_update ? Json((at - *finding.this_update).count()) : Json(nullptr)},
             {"revoked_at", time_or_null(finding.revoked_at)},
             {"detail", text_or_null(finding.detail)}});
    }
    return {{"mode", certs::to_string(account.mode)},
            {"staple_required", account.staple_required},
            {"staple_detail", text_or_null(account.staple_detail)},
            {"in_hard_mode", certs::to_string(account.in_hard_mode)},
            {"findings", std::move(findings)}};
}

Json fingerprints_json(const std::vector<certs::CertificatePtr>& certificates) {
    Json array = Json::array();
    for (const auto& certificate : certificates)
        array.push_back(to_hex(certificate->sha256()));
    return array;
}

Json verdict_json(const certs::Verdict& verdict, const std::optional<std::string>& id,
                  std::chrono::microseconds elapsed) {
    return {{"v", 1},
            {"id", id ? Json(*id) : Json(nullptr)},
            {"decision", certs::to_string(verdict.decision)},
            {"how", verdict.how ? Json(certs::to_string(*verdict.how)) : Json(nullptr)},
            {"reason", certs::to_string(verdict.failure.reason)},
            {"detail", verdict.failure.detail},
            {"depth", verdict.failure.depth},
            {"profile", verdict.profile},
            {"host", text_or_null(verdict.host)},
            {"at", to_rfc3339(verdict.at)},
            {"path", path_json(verdict)},
            {"unused", fingerprints_json(verdict.superfluous)},
            {"missing", missing_json(verdict.missing)},
            {"warnings", warnings_json(verdict.warnings)},
            {"attempts", attempts_json(verdict.attempts)},
            {"fetches", fetches_json(verdict.fetches)},
            {"expires", expires_json(verdict.expires)},
            {"exception", exception_json(verdict.exception)},
            {"revocation", revocation_json(verdict.revocation, verdict.at)},
            {"stats", stats_json(verdict.stats)},
            {"elapsed_us", elapsed.count()}};
}

std::string to_line(const Json& json) {
    return json.dump(-1, ' ', true, Json::error_handler_t::replace);
}

}  // namespace chainmend::proxy
