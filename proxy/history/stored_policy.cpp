#include "proxy/history/stored_policy.h"

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "config/sha256_text.h"

namespace chainmend::proxy {
namespace {

using certs::CertificatePtr;
using Certificates = std::vector<CertificatePtr>;

Json fingerprints(const std::vector<Sha256>& keys) {
    Json array = Json::array();
    for (const auto& key : keys)
        array.push_back(to_hex(key));
    return array;
}

std::vector<Sha256> fingerprints_from(const Json& json) {
    std::vector<Sha256> keys;
    for (const auto& key : json)
        keys.push_back(sha256_from_hex(key));
    return keys;
}

Json reasons(const auto& some) {
    Json array = Json::array();
    for (const auto reason : some)
        array.push_back(certs::to_string(reason));
    return array;
}

// ---- pins, exceptions, limits

Json stored_pins(const std::shared_ptr<const certs::PinSet>& pins) {
    if (!pins) return nullptr;
    return {fingerprints(pins->pins), fingerprints(pins->backups), pins->report_only};
}

std::shared_ptr<const certs::PinSet> restored_pins(const Json& json) {
    if (json.is_null()) return nullptr;
    return std::make_shared<const certs::PinSet>(
        certs::PinSet{fingerprints_from(json.at(0)), fingerprints_from(json.at(1)), json.at(2).get<bool>()});
}

Json stored_exception(const certs::Exception& exception) {
    return {{"host", exception.host},
            {"spki", to_hex(exception.spki)},
            {"reason", exception.reason},
            {"owner", exception.owner},
            {"expires", stored_time(exception.expires)},
            {"forgives", reasons(exception.forgives)}};
}

certs::ExceptionPtr restored_exception(const Json& json) {
    certs::Exception exception;
    exception.host = json.at("host");
    exception.spki = sha256_from_hex(json.at("spki"));
    exception.reason = json.at("reason");
    exception.owner = json.at("owner");
    exception.expires = time_from(json.at("expires"));
    for (const auto& reason : json.at("forgives"))
        exception.forgives.insert(stored_reason(reason));
    return std::make_shared<const certs::Exception>(std::move(exception));
}

/// By the fingerprint of the certificate or of its key, as they were set: two limits are two.
Json stored_limits(const certs::AnchorLimits& limits, const Certificates& certificates) {
    Json array = Json::array();
    std::set<Sha256> stored;
    for (const auto& certificate : certificates) {
        for (const Sha256& fingerprint : {certificate->sha256(), certificate->spki_sha256()}) {
            const auto* limit = limits.by(fingerprint);
            if (!limit || !stored.insert(fingerprint).second) continue;
            array.push_back({to_hex(fingerprint), limit->only_for, stored_time(limit->issued_until)});
        }
    }
    return array;
}

std::shared_ptr<const certs::AnchorLimits> restored_limits(const Json& json) {
    if (json.empty()) return nullptr;
    auto limits = std::make_shared<certs::AnchorLimits>();
    for (const auto& limit : json) {
        const auto fingerprint = sha256_from_hex(limit.at(0));
        limits->allow_only(fingerprint, limit.at(1).get<std::vector<std::string>>());
        if (const auto until = restored_time(limit.at(2))) limits->allow_until(fingerprint, *until);
    }
    return limits;
}

// ---- lists

Json places_where(const Certificates& certificates, const auto& holds) {
    Json places = Json::array();
    for (std::size_t i = 0; i < certificates.size(); ++i) {
        if (holds(*certificates[i])) places.push_back(i);
    }
    return places;
}

std::set<Sha256> fingerprints_at(const Json& places, const Certificates& certificates) {
    std::set<Sha256> found;
    for (const auto& place : places)
        found.insert(certificate_at(place, certificates)->sha256());
    return found;
}

}  // namespace

CertificatePtr certificate_at(const Json& place, const Certificates& certificates) {
    auto found = certificates.at(place.get<std::size_t>());
    if (!found) throw std::out_of_range("a certificate is not kept any more");
    return found;
}

Json stored_time(const std::optional<Time>& time) {
    return time ? Json(time->time_since_epoch().count()) : Json(nullptr);
}

Time time_from(const Json& json) {
    return Time{std::chrono::seconds{json.get<std::int64_t>()}};
}

std::optional<Time> restored_time(const Json& json) {
    return json.is_null() ? std::nullopt : std::optional(time_from(json));
}

Sha256 sha256_from_hex(const Json& json) {
    const auto digest = parse_sha256_hex(json.get<std::string>());
    if (!digest) throw std::invalid_argument("a fingerprint is none");
    return *digest;
}

certs::Reason stored_reason(const Json& json) {
    return certs::reason_from(json.get<std::string>()).value_or(certs::Reason::policy);
}

Json stored_request(const certs::VerifyRequest& request, const Certificates& certificates) {
    Json exceptions = Json::array();
    for (const auto& exception : request.exceptions)
        exceptions.push_back(stored_exception(*exception));
    const auto is_distrusted = [&](const certs::Certificate& certificate) {
        return request.distrust && request.distrust->covers(certificate);
    };
    const auto is_own_ca = [&](const certs::Certificate& certificate) {
        return request.distrust && request.distrust->is_own_ca(certificate);
    };
    const auto is_disclosed = [&](const certs::Certificate& certificate) {
        return request.disclosed->contains(certificate.sha256());
    };
    return {
        {"host", request.identity ? Json(request.identity->text()) : Json(nullptr)},
        {"emails", request.emails},
        {"purpose", certs::to_string(request.purpose)},
        {"at", stored_time(request.at)},
        {"profile", certs::to_string(request.profile)},
        {"max_depth", request.max_depth},
        {"distrusted", places_where(certificates, is_distrusted)},
        {"own_cas", places_where(certificates, is_own_ca)},
        {"disclosed", request.disclosed ? places_where(certificates, is_disclosed) : Json(nullptr)},
        {"limits",
         request.anchor_limits ? stored_limits(*request.anchor_limits, certificates) : Json::array()},
        {"pins", stored_pins(request.pins)},
        {"exceptions", std::move(exceptions)},
    };
}

certs::VerifyRequest restored_request(const Json& json, const Certificates& certificates) {
    certs::VerifyRequest request;
    if (!json.at("host").is_null()) {
        auto identity = certs::ReferenceIdentity::from_host(json.at("host").get<std::string>());
        if (identity) request.identity = *std::move(identity);
    }
    request.emails = json.at("emails").get<std::vector<std::string>>();
    request.purpose =
        certs::purpose_from(json.at("purpose").get<std::string>()).value_or(certs::Purpose::server);
    request.at = time_from(json.at("at"));
    request.profile =
        certs::profile_from(json.at("profile").get<std::string>()).value_or(certs::Profile::default_);
    request.max_depth = json.at("max_depth");
    certs::DistrustList distrust;
    distrust.fingerprints = fingerprints_at(json.at("distrusted"), certificates);
    // Records of earlier versions have it among the distrusted only.
    if (json.contains("own_cas")) distrust.own_cas = fingerprints_at(json.at("own_cas"), certificates);
    request.distrust = std::make_shared<const certs::Distrust>(std::move(distrust));
    if (const auto& places = json.at("disclosed"); !places.is_null())
        request.disclosed = std::make_shared<const std::set<Sha256>>(fingerprints_at(places, certificates));
    request.anchor_limits = restored_limits(json.at("limits"));
    request.pins = restored_pins(json.at("pins"));
    for (const auto& exception : json.at("exceptions"))
        request.exceptions.push_back(restored_exception(exception));
    return request;
}

Json stored_exception_use(const std::optional<certs::ExceptionUse>& use) {
    if (!use) return nullptr;
    return {{"state", static_cast<int>(use->state)},
            {"exception", stored_exception(*use->exception)},
            {"days_left", use->days_left},
            {"forgave", reasons(use->forgave)}};
}

std::optional<certs::ExceptionUse> restored_exception_use(const Json& json) {
    if (json.is_null()) return std::nullopt;
    certs::ExceptionUse use;
    use.state = static_cast<certs::ExceptionUse::State>(json.at("state").get<int>());
    use.exception = restored_exception(json.at("exception"));
    use.days_left = json.at("days_left");
    for (const auto& reason : json.at("forgave"))
        use.forgave.push_back(stored_reason(reason));
    return use;
}

}  // namespace chainmend::proxy
