#include "proxy/audit/replay_report.h"

#include <nlohmann/json.hpp>

#include "proxy/audit/explanation.h"
#include "proxy/audit/would_pass.h"
#include "proxy/report/verdict_json.h"
#include "proxy/report/verdict_text.h"

namespace chainmend::proxy {
namespace {

using Kind = Document::Kind;

/// Takes out what counts from the time asked about, wherever it stands: "expired on 2026-05-29 (3 days ago)".
/// What was fetched for a verdict was obtained at its time.
void forget_days(Json& json) {
    if (json.is_object()) {
        for (const char* counted : {"detail", "days", "days_left", "age_days", "age_s", "obtained_at"})
            json.erase(counted);
    }
    if (!json.is_structured()) return;
    for (auto& value : json)
        forget_days(value);
}

/// Takes out what was changed and what only repeats it.
void forget_changes(Json& json, const ReplayChanges& changes) {
    if (changes.profile) json.erase("profile");
    if (changes.at) {
        json.erase("at");
        forget_days(json);
    }
    if (changes.any()) json.erase("stats");  // how far the search went, under other rules
}

/// Everything about a verdict that is decided and not measured, nor given by the changes.
Json comparable(const certs::Verdict& verdict, const ReplayChanges& changes) {
    Json json = verdict_json(verdict);
    json.erase("elapsed_us");
    json["stats"].erase("signatures");
    // What the handshake told is no part of the chain's verdict, and there is no handshake now.
    std::erase_if(json["warnings"].get_ref<Json::array_t&>(), [](const Json& warning) {
        return warning.at("code") == "old_tls" || warning.at("code") == "client_certificate_requested";
    });
    json["presented"] = fingerprints_json(verdict.presented);
    json["out_of_order"] = verdict.out_of_order;
    forget_changes(json, changes);
    return json;
}

std::string short_text(const Json& value) {
    const auto text = value.is_string() ? value.get<std::string>() : to_line(value);
    return text.size() <= 160 ? text : text.substr(0, 157) + "...";
}

std::vector<std::string> differences_between(const certs::Verdict& then, const certs::Verdict& now,
                                             const ReplayChanges& changes) {
    std::vector<std::string> lines;
    const Json before = comparable(then, changes);
    const Json after = comparable(now, changes);
    for (const auto& [field, value] : before.items()) {
        if (value != after.at(field))
            lines.push_back(field + ": " + short_text(value) + " before, " + short_text(after.at(field)) +
                            " now");
    }
    return lines;
}

std::string reason_to_differ(const ReplayChanges& changes, const certs::Verdict& then) {
    if (!changes.any()) return "nothing was changed, so this version of chainmend decides differently";
    std::string text;
    if (changes.at) text += "at " + to_rfc3339(*changes.at) + " instead of " + to_rfc3339(then.at);
    for (const auto& anchor : changes.trusted)
        text += (text.empty() ? "" : "; ") + ("\"" + anchor.certificate->display_name() + "\" is trusted");
    if (changes.profile)
        text += (text.empty() ? "" : "; ") + (std::string("profile ") + certs::to_string(*changes.profile) +
                                              " instead of " + then.profile);
    return text;
}

std::string outcome_text(const certs::Verdict& verdict) {
    if (!verdict.accepted()) return std::string("refused, ") + certs::to_string(verdict.failure.reason);
    return std::string("accepted, ") + (verdict.how ? certs::to_string(*verdict.how) : "ok");
}

}  // namespace

Result<ReplayOutcome> replay_decision(StoredDecision stored, const ReplayChanges& changes) {
    const auto& verdict = stored.record.verdict;
    if (!verdict)
        return Error{ErrorCode::not_found, "decision " + stored.record.id + " (" + stored.record.reason +
                                               ") was made before any certificate was seen"};
    if (!verdict->evidence)
        return Error{ErrorCode::not_found,
                     "decision " + stored.record.id + ": what it was made from is not kept"};
    ReplayOutcome outcome;
    outcome.question = {verdict->presented, *verdict->evidence, verdict->fetches, changes.trusted, {}};
    auto& request = outcome.question.evidence.request;
    if (changes.at) request.at = *changes.at;
    if (changes.profile) request.profile = *changes.profile;
    outcome.now = certs::replay(outcome.question);
    outcome.differences = differences_between(*verdict, outcome.now, changes);
    if (!outcome.differences.empty()) outcome.why = reason_to_differ(changes, *verdict);
    outcome.then = std::move(stored);
    return outcome;
}

Document replay_document(const ReplayOutcome& outcome) {
    const auto& record = outcome.then.record;
    Document document{"decision " + record.id + " about " + server_name(record.host, record.server.port) +
                          ": " + (outcome.differences.empty() ? "the same verdict" : "another verdict"),
                      {}};
    document.section("then").add(Kind::text, {outcome_text(*record.verdict), record.verdict->failure.detail});
    document.section("now").add(Kind::text, {outcome_text(outcome.now), outcome.now.failure.detail});
    document.section("what differs").add(Kind::list, outcome.differences);
    if (!outcome.why.empty()) document.section("why").add(Kind::text, {outcome.why});
    if (!outcome.now.accepted())
        document.section("would pass").add(Kind::list, would_pass(outcome.now, outcome.question));
    return document;
}

Json replay_json(const ReplayOutcome& outcome) {
    Json differences = Json::array();
    for (const auto& line : outcome.differences)
        differences.push_back(line);
    return {{"v", 1},
            {"id", outcome.then.record.id},
            {"same", outcome.differences.empty()},
            {"differences", std::move(differences)},
            {"why", outcome.why.empty() ? Json(nullptr) : Json(outcome.why)},
            {"would_pass", Json(would_pass(outcome.now, outcome.question))},
            {"then", verdict_json(*outcome.then.record.verdict)},
            {"now", verdict_json(outcome.now)}};
}

void ReplaySummary::add(const ReplayOutcome& outcome) {
    if (outcome.differences.empty()) {
        ++same_;
        return;
    }
    const auto& record = outcome.then.record;
    others_.push_back(
        {record.id, server_name(record.host, record.server.port), outcome.differences, outcome.why});
}

void ReplaySummary::add_not_kept(const std::string& id, const std::string& why) {
    not_kept_.push_back({id, why});
}

std::string ReplaySummary::text() const {
    std::string out;
    for (const auto& other : others_)
        out += other.id + "  " + other.differences.front() + "\n";
    for (const auto& lost : not_kept_)
        out += lost.id + "  not kept: " + lost.why + "\n";
    out += std::to_string(same_ + others_.size()) + " verdicts made again: " + std::to_string(same_) +
           " the same, " + std::to_string(others_.size()) + " others";
    if (!not_kept_.empty()) out += "; " + std::to_string(not_kept_.size()) + " not kept";
    return out + "\n";
}

Json ReplaySummary::json() const {
    Json others = Json::array();
    for (const auto& other : others_)
        others.push_back({{"id", other.id},
                          {"server", other.server},
                          {"differences", Json(other.differences)},
                          {"why", other.why}});
    Json not_kept = Json::array();
    for (const auto& lost : not_kept_)
        not_kept.push_back({{"id", lost.id}, {"why", lost.why}});
    return {{"v", 1},
            {"verdicts", same_ + others_.size() + not_kept_.size()},
            {"same", same_},
            {"others", std::move(others)},
            {"not_kept", std::move(not_kept)}};
}

}  // namespace chainmend::proxy
