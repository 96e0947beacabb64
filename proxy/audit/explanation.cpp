#include "proxy/audit/explanation.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "certs/evidence.h"
#include "proxy/audit/applied_policy.h"
#include "proxy/audit/would_pass.h"
#include "proxy/report/advice.h"
#include "proxy/report/refusal.h"
#include "proxy/report/verdict_json.h"
#include "proxy/report/verdict_text.h"

namespace chainmend::proxy {
namespace {

using certs::PathElement;
using certs::Verdict;
using Kind = Document::Kind;

std::string upper(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    return text;
}

std::string outcome(const DecisionRecord& record) {
    if (!record.accepted) return "REFUSED, " + record.reason;
    const bool told = record.verdict && record.verdict->how;
    return "ACCEPTED" + (told ? std::string(", ") + certs::to_string(*record.verdict->how) : "");
}

std::string title(const DecisionRecord& record) {
    std::string text = record.host.empty() ? "a request" : server_name(record.host, record.server.port);
    const auto agent = record.user_agent.substr(0, record.user_agent.find_first_of("/ "));
    if (!agent.empty()) text += " for " + agent;
    return text + " at " + moment(record.at) + ": " + outcome(record);
}

std::vector<std::string> decision_lines(const DecisionRecord& record) {
    std::vector<std::string> lines{
        "decision  " + record.id +
        (record.remembered ? ", an earlier verdict on the same certificates" : "")};
    if (!record.accepted) lines.push_back("why       " + record.detail);
    lines.push_back("client    " + server_name(record.client.address, record.client.port) +
                    (record.user_agent.empty() ? "" : "  " + record.user_agent));
    if (!record.server.address.empty()) lines.push_back("server    " + record.server.address);
    const auto& tls = record.tls;
    if (!tls.version.empty())
        lines.push_back("tls       " + tls.version + "  " + tls.cipher +
                        (tls.protocol.empty() ? "" : "  " + tls.protocol) + (tls.resumed ? "  resumed" : ""));
    lines.push_back(
        "took      " +
        std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(record.duration).count()) +
        " ms");
    return lines;
}

bool contains(const std::vector<certs::CertificatePtr>& all, const certs::CertificatePtr& one) {
    return std::any_of(all.begin(), all.end(),
                       [&](const auto& each) { return each->sha256() == one->sha256(); });
}

std::vector<std::string> sent_lines(const Verdict& verdict) {
    std::vector<std::string> lines;
    std::size_t width = 0;
    for (const auto& certificate : verdict.presented)
        width = std::max(width, shown_width(certificate->display_name()));
    for (std::size_t i = 0; i < verdict.presented.size(); ++i) {
        const auto& certificate = verdict.presented[i];
        const bool unused = i > 0 && contains(verdict.superfluous, certificate);
        lines.push_back(padded(std::to_string(i), 3) + padded(certificate->display_name(), width + 2) +
                        "issuer \"" + certificate->issuer_display_name() + "\"  " +
                        validity_text(*certificate, verdict.at) + "  " +
                        (i == 0   ? "leaf"
                         : unused ? "superfluous"
                                  : "used"));
    }
    if (verdict.out_of_order) lines.push_back("not in the order of the path");
    return lines;
}

std::vector<std::string> path_lines_of(const Verdict& verdict) {
    std::vector<std::string> lines;
    for (std::size_t i = 0; i < verdict.path.size(); ++i) {
        const auto& element = verdict.path[i];
        const auto branch = i == 0 ? std::string() : std::string(3 * (i - 1), ' ') + "└─ ";
        const bool offends = !verdict.accepted() && verdict.failure.depth == static_cast<int>(i);
        lines.push_back(padded(branch + element.certificate->display_name(), 40) +
                        padded(validity_text(*element.certificate, verdict.at), 38) +
                        source_text(element, verdict.at) +
                        (offends ? std::string("   <-- ") + certs::to_string(verdict.failure.reason) : ""));
    }
    return lines;
}

std::vector<std::string> attempt_lines_of(const Verdict& verdict) {
    std::vector<std::string> lines;
    for (const auto& attempt : verdict.attempts) {
        std::string path;
        for (const auto& element : attempt.path)
            path += (path.empty() ? "" : " ← ") + element.certificate->display_name();
        lines.push_back(path + "   " + certs::to_string(attempt.failure.reason) + ": " +
                        attempt.failure.detail);
    }
    return lines;
}

std::vector<std::string> fetch_lines_of(const Verdict& verdict) {
    std::vector<std::string> lines;
    for (const auto& fetch : verdict.fetches) {
        auto line = padded(fetch.url, 40) + certs::to_string(fetch) + " after " +
                    std::to_string(fetch.milliseconds) + " ms";
        if (fetch.result == certs::FetchResult::ok)
            line += ", " + std::to_string(fetch.bytes) + " bytes" +
                    (fetch.format.empty() ? "" : ", " + upper(fetch.format));
        if (!fetch.detail.empty()) line += ": " + fetch.detail;
        lines.push_back(line + (fetch.from_cache ? " (remembered)" : ""));
    }
    return lines;
}

std::vector<std::string> warning_lines_of(const Verdict& verdict) {
    std::vector<std::string> lines;
    for (const auto& warning : verdict.warnings)
        lines.push_back(warning.code + (warning.detail.empty() ? "" : ": " + warning.detail));
    return lines;
}

std::vector<std::string> missing_lines_of(const Verdict& verdict) {
    std::vector<std::string> lines;
    for (const auto& issuer : verdict.missing)
        lines.push_back(issuer.subject +
                        (issuer.key_id.empty() ? "" : " (key id " + issuer.key_id.substr(0, 8) + ")"));
    return lines;
}

std::vector<std::string> revocation_lines_of(const Verdict& verdict) {
    std::vector<std::string> lines;
    for (const auto& finding : verdict.revocation.findings) {
        const auto depth = static_cast<std::size_t>(finding.depth);
        if (depth >= verdict.path.size()) continue;
        auto line = padded(verdict.path[depth].certificate->display_name(), 40) +
                    padded(certs::to_string(finding.status), 9);
        if (finding.is_known()) line += std::string("by ") + certs::to_string(finding.source);
        if (!finding.origin.empty()) line += " " + finding.origin;
        if (finding.this_update) line += ", as of " + to_rfc3339(*finding.this_update);
        lines.push_back(line + (finding.detail.empty() ? "" : ": " + finding.detail));
    }
    if (lines.empty()) return lines;
    lines.insert(lines.begin(), std::string("mode ") + to_string(verdict.revocation.mode));
    if (const auto& detail = verdict.revocation.staple_detail; !detail.empty())
        lines.push_back("the staple is no use: " + detail);
    return lines;
}

std::vector<std::string> exception_lines_of(const Verdict& verdict) {
    if (!verdict.exception) return {};
    const auto& exception = *verdict.exception->exception;
    std::vector<std::string> lines{certs::to_string(verdict.exception->state),
                                   "for " + exception.host + ": " + exception.reason,
                                   "owner " + exception.owner + ", ends on " + to_date(exception.expires)};
    for (const auto reason : verdict.exception->forgave)
        lines.push_back(std::string("forgave ") + certs::to_string(reason));
    return lines;
}

void add_verdict(Document& document, const Verdict& verdict) {
    document.section("sent by the server").add(Kind::code, sent_lines(verdict));
    document.section("missing").add(Kind::code, missing_lines_of(verdict));
    document.section(verdict.accepted() ? "path" : "best path").add(Kind::code, path_lines_of(verdict));
    document.section("paths tried that failed").add(Kind::code, attempt_lines_of(verdict));
    document.section("fetches").add(Kind::code, fetch_lines_of(verdict));
    document.section("revocation").add(Kind::code, revocation_lines_of(verdict));
    document.section("exception").add(Kind::code, exception_lines_of(verdict));
    document.section("warnings").add(Kind::code, warning_lines_of(verdict));
}

std::vector<std::string> end_lines(const TunnelRecord& end) {
    return {end.end + (end.detail.empty() ? "" : ": " + end.detail) + " at " + moment(end.at),
            std::to_string(end.bytes_from_client) + " bytes from the client, " +
                std::to_string(end.bytes_from_server) + " from the server"};
}

/// What the client was told to do when it was refused, and what the server's administrator needs.
std::vector<std::string> advice_in(const DecisionRecord& record) {
    std::vector<std::string> lines;
    const auto& verdict = record.verdict;
    if (!record.accepted) {
        const auto trouble = trouble_from(record.reason);
        if (verdict && !verdict->accepted()) {
            lines.push_back(advice_for(*verdict));
        } else if (trouble) {
            lines.emplace_back(advice_for(*trouble));
        }
    }
    const bool is_for_administrator =
        verdict && (!verdict->accepted() || verdict->how != certs::How::as_sent);
    if (is_for_administrator)
        lines.push_back("The report for the server's administrator: chainmend fix " + record.id);
    return lines;
}

/// The rules for other hosts are left out: every client may ask why a server was refused.
std::string policy_text(const StoredDecision& stored) {
    std::vector<std::string> hosts{stored.record.host};
    if (stored.record.verdict) hosts.push_back(stored.record.verdict->host);
    return applied_policy(stored.policy->text, hosts);
}

std::vector<std::string> policy_lines(const StoredDecision& stored) {
    std::vector<std::string> lines;
    if (const auto& verdict = stored.record.verdict) {
        lines.push_back(
            "profile " + verdict->profile +
            (verdict->host.empty() ? std::string(", for no name") : ", for the name " + verdict->host) +
            ", at " + to_rfc3339(verdict->at));
        if (verdict->evidence)
            lines.push_back("at most " + std::to_string(verdict->evidence->request.max_depth) +
                            " intermediates, trust store " +
                            to_hex(verdict->evidence->trust_id).substr(0, 8));
    }
    if (stored.policy) {
        lines.push_back("policy " + to_hex(stored.policy->hash).substr(0, 8));
        for (const auto& line : lines_of(policy_text(stored)))
            lines.push_back("  " + line);
    }
    return lines;
}

Json sent_json(const Verdict& verdict) {
    Json array = Json::array();
    for (const auto& certificate : verdict.presented) {
        const auto begin = certificate->not_before();
        const auto end = certificate->not_after();
        array.push_back({{"sha256", to_hex(certificate->sha256())},
                         {"subject", certificate->subject()},
                         {"issuer", certificate->issuer()},
                         {"not_before", begin ? Json(to_rfc3339(*begin)) : Json(nullptr)},
                         {"not_after", end ? Json(to_rfc3339(*end)) : Json(nullptr)},
                         {"pem", certificate->pem()}});
    }
    return array;
}

}  // namespace

std::string server_name(const std::string& host, int port) {
    const auto name = host.find(':') == std::string::npos ? host : "[" + host + "]";
    return port == 0 ? name : name + ":" + std::to_string(port);
}

std::string moment(RecordTime time) {
    auto text = to_rfc3339(std::chrono::floor<std::chrono::seconds>(time));
    text[10] = ' ';
    return text.substr(0, 19) + " UTC";
}

Document explanation(const StoredDecision& stored) {
    const auto& record = stored.record;
    Document document{title(record), {}};
    document.section("decision").add(Kind::code, decision_lines(record));
    if (record.verdict) add_verdict(document, *record.verdict);
    if (stored.end) document.section("how the tunnel ended").add(Kind::code, end_lines(*stored.end));
    document.section("decided by").add(Kind::code, policy_lines(stored));
    if (record.verdict)
        document.section(record.accepted ? "passes" : "would pass")
            .add(Kind::list, would_pass(*record.verdict));
    const auto advice = advice_in(record);
    if (!advice.empty()) document.section("what to do").add(Kind::text, advice);
    return document;
}

Json explanation_json(const StoredDecision& stored) {
    Json json = decision_json(stored.record);
    json["end"] = stored.end ? tunnel_json(*stored.end) : Json(nullptr);
    json["policy"] = stored.policy
                         ? Json{{"hash", to_hex(stored.policy->hash)}, {"text", policy_text(stored)}}
                         : Json(nullptr);
    json["sent"] = stored.record.verdict ? sent_json(*stored.record.verdict) : Json::array();
    Json advice = Json::array();
    for (const auto& line : advice_in(stored.record))
        advice.push_back(line);
    json["advice"] = std::move(advice);
    json["would_pass"] = stored.record.verdict ? Json(would_pass(*stored.record.verdict)) : Json::array();
    return json;
}

}  // namespace chainmend::proxy
