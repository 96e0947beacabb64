#include "proxy/history/stored_verdict.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "proxy/history/stored_policy.h"
#include "proxy/history/stored_revocation.h"
#include "proxy/report/json.h"

namespace chainmend::proxy {
namespace {

using certs::CertificatePtr;
using certs::PathElement;
using certs::Verdict;

// ---- names of enumerators
// -----------------------------------------------------------------------------------

template <class Enum>
std::optional<Enum> named(const std::string& name, Enum last) {
    for (int i = 0; i <= static_cast<int>(last); ++i) {
        if (name == certs::to_string(static_cast<Enum>(i))) return static_cast<Enum>(i);
    }
    return std::nullopt;
}

certs::Source source_from(const Json& json) {
    return named(json.get<std::string>(), certs::Source::trust).value_or(certs::Source::server);
}

// ---- writing
// ------------------------------------------------------------------------------------------------

class Writer {
  public:
    StoredVerdict write(const Verdict& verdict) {
        Json json = {{"v", 1},
                     {"decision", certs::to_string(verdict.decision)},
                     {"how", verdict.how ? Json(certs::to_string(*verdict.how)) : Json(nullptr)},
                     {"failure", failure(verdict.failure)},
                     {"profile", verdict.profile},
                     {"host", verdict.host},
                     {"at", verdict.at.time_since_epoch().count()},
                     {"presented", places(verdict.presented)},
                     {"path", path(verdict.path)},
                     {"superfluous", places(verdict.superfluous)},
                     {"out_of_order", verdict.out_of_order},
                     {"missing", missing(verdict)},
                     {"warnings", warnings(verdict)},
                     {"attempts", attempts(verdict)},
                     {"expires", expires(verdict)},
                     {"stats", {verdict.stats.paths, verdict.stats.signatures, verdict.stats.nodes}},
                     {"exception", stored_exception_use(verdict.exception)},
                     {"revocation", stored_account(verdict.revocation)}};
        if (verdict.evidence) json["evidence"] = evidence(*verdict.evidence);
        return {std::move(certificates_), std::move(lists_), to_line(json)};
    }

  private:
    std::size_t place(const CertificatePtr& certificate) {
        const auto [known, fresh] = places_.emplace(certificate->sha256(), certificates_.size());
        if (fresh) certificates_.push_back(certificate);
        return known->second;
    }
    Json places(const std::vector<CertificatePtr>& certificates) {
        Json array = Json::array();
        for (const auto& certificate : certificates)
            array.push_back(place(certificate));
        return array;
    }
    Json element(const PathElement& one) {
        return {place(one.certificate), certs::to_string(one.source), one.origin,
                one.disclosed ? Json(*one.disclosed) : Json(nullptr), stored_time(one.obtained_at)};
    }
    Json path(const std::vector<PathElement>& elements) {
        Json array = Json::array();
        for (const auto& one : elements)
            array.push_back(element(one));
        return array;
    }
    static Json failure(const certs::Failure& failure) {
        return {certs::to_string(failure.reason), failure.depth, failure.detail};
    }
    static Json missing(const Verdict& verdict) {
        Json array = Json::array();
        for (const auto& issuer : verdict.missing)
            array.push_back({issuer.subject, issuer.key_id});
        return array;
    }
    static Json warnings(const Verdict& verdict) {
        Json array = Json::array();
        for (const auto& warning : verdict.warnings)
            array.push_back({warning.code, warning.depth, warning.detail});
        return array;
    }
    Json attempts(const Verdict& verdict) {
        Json array = Json::array();
        for (const auto& attempt : verdict.attempts)
            array.push_back({path(attempt.path), failure(attempt.failure)});
        return array;
    }
    static Json expires(const Verdict& verdict) {
        if (!verdict.expires) return nullptr;
        return {verdict.expires->at.time_since_epoch().count(), verdict.expires->days,
                verdict.expires->depth};
    }

    Json evidence(const certs::Evidence& evidence) {
        Json issuers = Json::array();
        for (const auto& issuer : evidence.issuers)
            issuers.push_back({element(issuer.element), issuer.after});
        Json answers = Json::array();
        for (const auto& answer : evidence.answers) {
            Json found = Json::array();
            for (const auto& issuer : answer.issuers)
                found.push_back({place(issuer.certificate), issuer.url});
            answers.push_back({to_hex(answer.of), std::move(found), answer.fetches, answer.untried,
                               answer.last, certs::to_string(answer.reason)});
        }
        Json json = {{"trust_id", to_hex(evidence.trust_id)},
                     {"malformed_end_entity", evidence.malformed_end_entity},
                     {"malformed", evidence.malformed},
                     {"issuers", std::move(issuers)},
                     {"answers", std::move(answers)}};
        if (evidence.revocation) json["revocation"] = stored_inquiry(*evidence.revocation, lists_);
        json["request"] =
            stored_request(evidence.request, certificates_);  // last: now every one has its place
        return json;
    }

    std::vector<CertificatePtr> certificates_;
    std::vector<certs::CrlPtr> lists_;
    std::map<Sha256, std::size_t> places_;
};

// ---- reading
// ------------------------------------------------------------------------------------------------

/// Throws what the JSON library throws, and std::out_of_range for a certificate that is not there.
class Reader {
  public:
    Reader(const std::vector<CertificatePtr>& certificates, const std::vector<certs::CrlPtr>& lists)
        : certificates_(certificates), lists_(lists) {}

    Verdict read(const Json& json) const {
        Verdict verdict;
        if (json.at("decision") == certs::to_string(certs::Decision::accepted))
            verdict.decision = certs::Decision::accepted;
        if (!json.at("how").is_null())
            verdict.how = named(json.at("how").get<std::string>(), certs::How::by_exception);
        verdict.failure = failure(json.at("failure"));
        verdict.profile = json.at("profile");
        verdict.host = json.at("host");
        verdict.at = time_from(json.at("at"));
        verdict.presented = certificates(json.at("presented"));
        verdict.path = path(json.at("path"));
        verdict.superfluous = certificates(json.at("superfluous"));
        verdict.out_of_order = json.at("out_of_order");
        for (const auto& issuer : json.at("missing"))
            verdict.missing.push_back({issuer.at(0), issuer.at(1)});
        for (const auto& warning : json.at("warnings"))
            verdict.warnings.push_back({warning.at(0), warning.at(1), warning.at(2)});
        for (const auto& attempt : json.at("attempts"))
            verdict.attempts.push_back({path(attempt.at(0)), failure(attempt.at(1))});
        if (const auto& expires = json.at("expires"); !expires.is_null())
            verdict.expires = certs::Expiry{time_from(expires.at(0)), expires.at(1), expires.at(2)};
        const auto& stats = json.at("stats");
        verdict.stats = {stats.at(0), stats.at(1), stats.at(2)};
        verdict.exception = restored_exception_use(json.at("exception"));
        verdict.revocation = restored_account(json.at("revocation"));
        // Without a list that was too large to keep there is no making it again, but it is explained.
        if (json.contains("evidence") && std::none_of(lists_.begin(), lists_.end(), is_lost))
            verdict.evidence = std::make_shared<const certs::Evidence>(evidence(json.at("evidence")));
        return verdict;
    }

  private:
    static bool is_lost(const certs::CrlPtr& list) { return !list; }
    CertificatePtr certificate(const Json& place) const { return certificate_at(place, certificates_); }
    std::vector<CertificatePtr> certificates(const Json& places) const {
        std::vector<CertificatePtr> found;
        for (const auto& place : places)
            found.push_back(certificate(place));
        return found;
    }
    PathElement element(const Json& json) const {
        PathElement read{certificate(json.at(0)), source_from(json.at(1)), json.at(2)};
        if (!json.at(3).is_null()) read.disclosed = json.at(3).get<bool>();
        read.obtained_at = restored_time(json.at(4));
        return read;
    }
    std::vector<PathElement> path(const Json& json) const {
        std::vector<PathElement> elements;
        for (const auto& one : json)
            elements.push_back(element(one));
        return elements;
    }
    static certs::Failure failure(const Json& json) {
        return {stored_reason(json.at(0)), json.at(1), json.at(2)};
    }
    certs::Evidence evidence(const Json& json) const {
        certs::Evidence evidence;
        evidence.request = restored_request(json.at("request"), certificates_);
        evidence.trust_id = sha256_from_hex(json.at("trust_id"));
        evidence.malformed_end_entity = json.at("malformed_end_entity");
        evidence.malformed = json.at("malformed").get<std::vector<std::string>>();
        for (const auto& issuer : json.at("issuers"))
            evidence.issuers.push_back({element(issuer.at(0)), issuer.at(1)});
        for (const auto& one : json.at("answers")) {
            certs::AnsweredQuestion answer;
            answer.of = sha256_from_hex(one.at(0));
            for (const auto& issuer : one.at(1))
                answer.issuers.push_back({certificate(issuer.at(0)), issuer.at(1)});
            answer.fetches = one.at(2);
            answer.untried = one.at(3).get<std::vector<std::string>>();
            answer.last = one.at(4);
            answer.reason = stored_reason(one.at(5));
            evidence.answers.push_back(std::move(answer));
        }
        if (json.contains("revocation"))
            evidence.revocation = restored_inquiry(json.at("revocation"), lists_);
        return evidence;
    }

    const std::vector<CertificatePtr>& certificates_;
    const std::vector<certs::CrlPtr>& lists_;
};

}  // namespace

StoredVerdict stored_verdict(const Verdict& verdict) {
    return Writer().write(verdict);
}

Result<Verdict> restored_verdict(const std::vector<CertificatePtr>& certificates,
                                 const std::vector<certs::CrlPtr>& lists, const std::string& document,
                                 std::vector<certs::Fetch> fetches) {
    try {
        auto verdict = Reader(certificates, lists).read(Json::parse(document));
        verdict.fetches = std::move(fetches);
        return verdict;
    } catch (const std::exception& error) {  // the JSON library's, and those of Reader
        return Error{ErrorCode::malformed, std::string("a stored verdict can not be read: ") + error.what()};
    }
}

certs::FetchResult fetch_result_from(const std::string& text) {
    using certs::FetchResult;
    if (text.rfind("http_", 0) == 0) return FetchResult::http_error;
    for (int i = 0; i <= static_cast<int>(FetchResult::broken_host); ++i) {
        certs::Fetch fetch;
        fetch.result = static_cast<FetchResult>(i);
        if (certs::to_string(fetch) == text) return fetch.result;
    }
    return FetchResult::connection_failed;
}

}  // namespace chainmend::proxy
