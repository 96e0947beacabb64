#include "proxy/report/check_report.h"
#include "certs/exception_rules.h"

#include <algorithm>
#include <cctype>

#include "proxy/report/printable.h"
#include "proxy/report/verdict_json.h"
#include "proxy/report/verdict_lines.h"
#include "proxy/report/verdict_text.h"

namespace chainmend::proxy {
namespace {

constexpr std::size_t max_cause = 300;  // characters: a few lines of a terminal

std::string counted(std::size_t count, const std::string& noun) {
    return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

/// "1,306"
std::string with_commas(std::int64_t number) {
    std::string text = std::to_string(number);
    for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3)
        text.insert(static_cast<std::size_t>(at), ",");
    return text;
}

std::string upper(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return text;
}

std::string outcome(const CheckedHost& host) {
    if (!host.accepted()) return "refused";
    return host.repaired() ? "repaired" : "accepted";
}

/// The certificate on the path that stands in for what was not sent; null when none was found.
const certs::PathElement* found_for(const certs::MissingIssuer& missing, const certs::Verdict& verdict) {
    const auto found =
        std::find_if(verdict.path.begin(), verdict.path.end(), [&](const certs::PathElement& element) {
            const auto key_id = to_hex(element.certificate->subject_key_id());
            return element.source != certs::Source::server && element.source != certs::Source::trust &&
                   element.certificate->subject() == missing.subject &&
                   (key_id.empty() || missing.key_id.empty() || key_id == missing.key_id);
        });
    return found == verdict.path.end() ? nullptr : &*found;
}

std::string provenance(const certs::PathElement& element, const certs::Verdict& verdict) {
    std::string text = source_text(element, verdict.at);
    if (element.source != certs::Source::aia) return text;
    const auto fetch =
        std::find_if(verdict.fetches.begin(), verdict.fetches.end(), [&](const certs::Fetch& each) {
            return each.url == element.origin && each.result == certs::FetchResult::ok;
        });
    if (fetch == verdict.fetches.end()) return text;
    text += " in " + std::to_string(fetch->milliseconds) + " ms (" + with_commas(fetch->bytes) + " bytes";
    return text + (fetch->format.empty() ? "" : ", " + upper(fetch->format)) + ")";
}

std::string missing_lines(const certs::Verdict& verdict) {
    std::vector<std::string> lines;
    for (const auto& missing : verdict.missing) {
        const auto* found = found_for(missing, verdict);
        const std::string key = missing.key_id.empty() ? "" : " (key id " + missing.key_id.substr(0, 8) + ")";
        lines.push_back((found ? found->certificate->display_name() : missing.subject + key) +
                        ": the server must send it; " +
                        (found ? provenance(*found, verdict) : "it was not found elsewhere"));
    }
    return labelled_lines("missing", lines);
}

std::string sent_lines(const certs::Verdict& verdict) {
    std::string names;
    for (const auto& certificate : verdict.presented)
        names += (names.empty() ? ": " : ", ") + certificate->display_name();
    return labelled_lines("sent", {counted(verdict.presented.size(), "certificate") + names});
}

bool expires_soon(const CheckedHost& host, const ExpiryThresholds& thresholds) {
    const auto days = host.days_left();
    return host.accepted() && days && *days < thresholds.warning;
}

std::string expiry_lines(const CheckedHost& host, const ExpiryThresholds& thresholds) {
    const auto days = host.days_left();
    if (!host.accepted() || !days) return "";
    const auto& expires = *host.verdict->expires;
    const auto& first = host.verdict->path.at(static_cast<std::size_t>(expires.depth)).certificate;
    const auto name =
        certs::ends_with_exception(*host.verdict) ? "the exception for it" : first->display_name();
    return labelled_lines(
        "expires", {to_date(expires.at) + ", " + std::to_string(*days) + (*days == 1 ? " day" : " days") +
                    " left: " + name + (expires_soon(host, thresholds) ? " must be renewed soon" : "")});
}

/// What the administrator of the server should do.
std::string fix_lines(const CheckedHost& host) {
    const auto report =
        "chainmend fix " + host.name() + "        (the report for the server's administrator)";
    if (!host.accepted()) {
        const auto advice = host.advice.empty() ? "" : labelled_lines("do", {host.advice});
        return host.verdict ? advice + labelled_lines("fix", {report}) : advice;
    }
    const bool untidy = !host.verdict->superfluous.empty() || host.verdict->out_of_order;
    if (!host.repaired() && !untidy) return "";
    std::vector<std::string> lines;
    if (host.repaired()) {
        lines.push_back("the server must send its whole chain; this writes it:");
    } else {
        lines.push_back("the server should send this chain and nothing else:");
    }
    lines.push_back("chainmend check " + host.name() + " --fullchain fullchain.pem");
    lines.push_back(report);
    return labelled_lines("fix", lines);
}

std::string title(const CheckedHost& host, bool colours) {
    constexpr std::size_t width = 72;
    std::string text = host.name();
    if (!host.address.empty() && host.address != host.host) text += "  " + host.address;
    if (!host.tls.empty()) text += "  TLS " + host.tls;
    const std::string word = upper(outcome(host)) + (host.accepted() ? "" : ", " + host.reason);
    const char* colour = !host.accepted() ? "\033[31m" : host.repaired() ? "\033[33m" : "\033[32m";
    return padded(text, width) + (colours ? colour + word + "\033[0m" : word) + "\n";
}

void add_notes(const CheckedHost& host, const ExpiryThresholds& thresholds, std::vector<std::string>& notes) {
    const auto& verdict = *host.verdict;
    if (!verdict.missing.empty()) {
        notes.push_back(verdict.missing.size() == 1 ? "issuer missing" : "issuers missing");
    } else if (host.repaired()) {
        notes.push_back("an issuer that was sent is of no use");
    }
    if (verdict.out_of_order) notes.push_back("out of order");
    if (!verdict.superfluous.empty())
        notes.push_back(std::to_string(verdict.superfluous.size()) + " superfluous");
    if (expires_soon(host, thresholds)) notes.push_back("expires soon");
}

std::string note(const CheckedHost& host, const ExpiryThresholds& thresholds) {
    std::vector<std::string> notes;
    for (const auto& address : host.silent)
        notes.push_back("not reached: " + address);
    if (!host.accepted())
        notes.insert(notes.begin(), host.reason + (host.cause.empty() ? "" : ": " + host.cause));
    else
        add_notes(host, thresholds, notes);
    std::string text;
    for (const auto& each : notes)
        text += (text.empty() ? "" : "; ") + each;
    return text;
}

std::string right_aligned(const std::string& text, std::size_t width) {
    return (text.size() < width ? std::string(width - text.size(), ' ') : "") + text;
}

}  // namespace

bool CheckedHost::repaired() const {
    return accepted() && verdict &&
           (verdict->how == certs::How::repaired || verdict->how == certs::How::alternate_path);
}

std::optional<std::int64_t> CheckedHost::days_left() const {
    const bool means_something = accepted() || reason == certs::to_string(certs::Reason::expired);
    if (!verdict || !verdict->expires || !means_something) return std::nullopt;
    return verdict->expires->days;
}

std::string CheckedHost::name() const {
    const bool brackets = host.find(':') != std::string::npos;
    return (brackets ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::string check_text(const CheckedHost& host, const ExpiryThresholds& thresholds, bool colours) {
    std::string text = title(host, colours);
    if (!host.accepted()) text += labelled_lines("why", {host.cause});
    if (host.verdict) {
        const auto& verdict = *host.verdict;
        text += sent_lines(verdict) + missing_lines(verdict) + unused_lines(verdict) +
                path_lines(verdict, colours) + expiry_lines(host, thresholds);
        if (!host.accepted()) text += attempt_lines(verdict);
        if (!host.accepted() || verdict.fetches.size() > verdict.missing.size()) text += fetch_lines(verdict);
        text += warning_lines(verdict);
    }
    if (host.repaired())
        text += labelled_lines(
            "clients", {"curl, Python, Java, Go, Node fail here without chainmend; most browsers do not"});
    return text + fix_lines(host);
}

std::string check_table(const std::vector<CheckedHost>& hosts, const ExpiryThresholds& thresholds) {
    std::size_t width = 4;
    for (const auto& host : hosts)
        width = std::max(width, host.name().size());
    std::string text = padded("HOST", width + 2) + "VERDICT   DAYS  SENT  NOTE\n";
    for (const auto& host : hosts) {
        const auto days = host.days_left();
        const bool sent = host.verdict && !host.verdict->presented.empty();
        std::string line = padded(host.name(), width + 2) + padded(outcome(host), 10) +
                           right_aligned(days && host.accepted() ? std::to_string(*days) : "-", 4) +
                           right_aligned(sent ? std::to_string(host.verdict->presented.size()) : "-", 6) +
                           "  " + note(host, thresholds);
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + "\n";
    }
    return text + check_summary(hosts) + "\n";
}

std::string check_summary(const std::vector<CheckedHost>& hosts) {
    const auto count = [&](const char* word) {
        return std::to_string(std::count_if(hosts.begin(), hosts.end(),
                                            [&](const auto& host) { return outcome(host) == word; }));
    };
    return counted(hosts.size(), "host") + ": " + count("accepted") + " accepted, " + count("repaired") +
           " repaired, " + count("refused") + " refused";
}

Json check_json(const CheckedHost& host) {
    certs::Verdict unseen;
    unseen.at = host.at;
    unseen.profile = host.profile;
    unseen.host = host.host;
    const auto& verdict = host.verdict ? *host.verdict : unseen;
    Json json = verdict_json(verdict, std::nullopt, host.elapsed);
    if (!host.verdict) json["depth"] = nullptr;
    if (!host.accepted()) {
        json["decision"] = certs::to_string(certs::Decision::refused);
        json["how"] = nullptr;
        json["reason"] = host.reason;
        json["detail"] = printable_ascii(host.cause, max_cause);
    }
    json["port"] = host.port;
    json["address"] = host.address.empty() ? Json(nullptr) : Json(host.address);
    json["tls"] = host.tls.empty() ? Json(nullptr) : Json(host.tls);
    json["presented"] = fingerprints_json(verdict.presented);
    json["out_of_order"] = verdict.out_of_order;
    Json silent = Json::array();
    for (const auto& address : host.silent)
        silent.push_back(address);
    json["silent"] = std::move(silent);
    return json;
}

std::string full_chain(const CheckedHost& host) {
    if (!host.accepted() || !host.verdict) return "";
    std::string pem;
    const auto& path = host.verdict->path;
    for (std::size_t i = 0; i < path.size(); ++i) {
        // An anchor that is no root is an intermediate to everybody who trusts what is above it.
        if (i > 0 && path[i].certificate->is_self_issued() && i + 1 == path.size()) break;
        pem += path[i].certificate->pem();
    }
    return pem;
}

}  // namespace chainmend::proxy
