#include "proxy/history/stored_revocation.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "proxy/history/stored_policy.h"
#include "proxy/http/base64.h"

namespace chainmend::proxy {
namespace {

using Lists = std::vector<certs::CrlPtr>;

// The numbers of the enumerators are part of what is stored: none may change its place.
template <class Enum>
Enum enumerator(const Json& json) {
    return static_cast<Enum>(json.get<int>());
}

Bytes octets_from(const Json& json) {
    return decode_base64(json.get<std::string>()).value_or(Bytes{});
}

Json places(const Lists& some, Lists& lists) {
    Json array = Json::array();
    for (const auto& list : some) {
        const auto known = std::find(lists.begin(), lists.end(), list);
        array.push_back(known - lists.begin());
        if (known == lists.end()) lists.push_back(list);
    }
    return array;
}

Lists lists_at(const Json& places, const Lists& lists) {
    Lists found;
    for (const auto& place : places) {
        found.push_back(lists.at(place.get<std::size_t>()));
        if (!found.back()) throw std::out_of_range("a revocation list is not kept");
    }
    return found;
}

/// The files that lists were given in, beside their places.
Json origins(const std::vector<certs::GivenCrl>& given) {
    Json array = Json::array();
    for (const auto& one : given)
        array.push_back(one.origin);
    return array;
}

Lists lists_of(const std::vector<certs::GivenCrl>& given) {
    Lists lists;
    for (const auto& one : given)
        lists.push_back(one.crl);
    return lists;
}

Json stored_evidence(const certs::RevocationEvidence& evidence, Lists& lists) {
    return {{"source", static_cast<int>(evidence.source)},
            {"origin", evidence.origin},
            {"ocsp", encode_base64(evidence.ocsp)},
            {"nonce", encode_base64(evidence.nonce)},
            {"crls", places(evidence.crls, lists)}};
}

certs::RevocationEvidence restored_evidence(const Json& json, const Lists& lists) {
    return {enumerator<certs::RevocationSource>(json.at("source")), json.at("origin"),
            octets_from(json.at("ocsp")), octets_from(json.at("nonce")), lists_at(json.at("crls"), lists)};
}

Json stored_answer(const certs::RevocationAnswer& answer, Lists& lists) {
    Json offered = Json::array();
    for (const auto& evidence : answer.offered)
        offered.push_back(stored_evidence(evidence, lists));
    return {{"of", to_hex(answer.of)},
            {"offered", std::move(offered)},
            {"gave_up", answer.gave_up ? Json(*answer.gave_up) : Json(nullptr)}};
}

certs::RevocationAnswer restored_answer(const Json& json, const Lists& lists) {
    certs::RevocationAnswer answer;
    answer.of = sha256_from_hex(json.at("of"));
    for (const auto& evidence : json.at("offered"))
        answer.offered.push_back(restored_evidence(evidence, lists));
    if (!json.at("gave_up").is_null()) answer.gave_up = json.at("gave_up").get<std::string>();
    return answer;
}

}  // namespace

Json stored_account(const certs::RevocationAccount& account) {
    Json findings = Json::array();
    for (const auto& finding : account.findings)
        findings.push_back({finding.depth, static_cast<int>(finding.status), static_cast<int>(finding.source),
                            finding.origin, stored_time(finding.this_update),
                            stored_time(finding.next_update), stored_time(finding.revoked_at),
                            finding.detail});
    return {{"mode", static_cast<int>(account.mode)},
            {"findings", std::move(findings)},
            {"staple_required", account.staple_required},
            {"staple_detail", account.staple_detail},
            {"in_hard_mode", certs::to_string(account.in_hard_mode)},
            {"recheck_at", stored_time(account.recheck_at)}};
}

certs::RevocationAccount restored_account(const Json& json) {
    certs::RevocationAccount account;
    account.mode = enumerator<certs::RevocationMode>(json.at("mode"));
    for (const auto& one : json.at("findings"))
        account.findings.push_back({one.at(0), enumerator<certs::RevocationStatus>(one.at(1)),
                                    enumerator<certs::RevocationSource>(one.at(2)), one.at(3),
                                    restored_time(one.at(4)), restored_time(one.at(5)),
                                    restored_time(one.at(6)), one.at(7)});
    account.staple_required = json.at("staple_required");
    account.staple_detail = json.value("staple_detail", "");  // older records have none
    account.in_hard_mode = stored_reason(json.at("in_hard_mode"));
    account.recheck_at = restored_time(json.at("recheck_at"));
    return account;
}

Json stored_inquiry(const certs::RevocationInquiry& inquiry, Lists& lists) {
    Json answers = Json::array();
    for (const auto& answer : inquiry.answers)
        answers.push_back(stored_answer(answer, lists));
    return {{"mode", static_cast<int>(inquiry.options.mode)},
            {"profile", certs::to_string(inquiry.options.profile)},
            {"staple", encode_base64(inquiry.options.staple)},
            {"crls", places(lists_of(inquiry.options.crls), lists)},
            {"crl_origins", origins(inquiry.options.crls)},
            {"answers", std::move(answers)},
            {"fetches", inquiry.fetches}};
}

certs::RevocationInquiry restored_inquiry(const Json& json, const Lists& lists) {
    certs::RevocationInquiry inquiry;
    inquiry.options.mode = enumerator<certs::RevocationMode>(json.at("mode"));
    inquiry.options.profile =
        certs::profile_from(json.at("profile").get<std::string>()).value_or(certs::Profile::default_);
    inquiry.options.staple = octets_from(json.at("staple"));
    const Json files = json.value("crl_origins", Json::array());  // older records have none
    for (auto& list : lists_at(json.at("crls"), lists)) {
        const std::size_t place = inquiry.options.crls.size();
        inquiry.options.crls.emplace_back(
            std::move(list), place < files.size() ? files[place].get<std::string>() : std::string());
    }
    for (const auto& answer : json.at("answers"))
        inquiry.answers.push_back(restored_answer(answer, lists));
    inquiry.fetches = json.at("fetches");
    return inquiry;
}

}  // namespace chainmend::proxy
