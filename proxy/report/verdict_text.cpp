#include "proxy/report/verdict_text.h"

#include <algorithm>

#include "proxy/report/advice.h"
#include "proxy/report/printable.h"
#include "proxy/report/verdict_lines.h"

namespace chainmend::proxy {
namespace {

using certs::PathElement;
using certs::Reason;
using certs::Verdict;

constexpr std::size_t title_width = 64;
constexpr std::size_t label_width = 10;
// A path through a mesh can fail in many ways; the most telling come first.
constexpr std::size_t max_attempts_shown = 10;
constexpr std::size_t max_name_width = 48;

constexpr const char* green = "\033[32m";
constexpr const char* yellow = "\033[33m";
constexpr const char* red = "\033[31m";

std::string coloured(const char* colour, const std::string& text, bool colours) {
    return colours ? colour + text + "\033[0m" : text;
}

std::string days_text(std::int64_t days) {
    return std::to_string(days) + (days == 1 ? " day" : " days");
}

std::string name_of(const certs::Certificate& certificate) {
    const std::string name = certificate.display_name();
    if (shown_width(name) <= max_name_width) return name;
    std::size_t cut = max_name_width - 3;
    while (cut > 0 && (static_cast<unsigned char>(name[cut]) & 0xc0) == 0x80)
        --cut;
    return name.substr(0, cut) + "...";
}

/// A paragraph of labelled lines: the label stands in front of the first only.
class Block {
  public:
    explicit Block(const char* label) : label_(label) {}

    Block& line(const std::string& text) {
        text_ += "  " + padded(text_.empty() ? label_ : "", label_width) + text + "\n";
        return *this;
    }
    const std::string& text() const { return text_; }

  private:
    std::string label_;
    std::string text_;
};

/// Where a stored issuer came from and how long it has been there; empty when neither is known.
std::string in_brackets(const std::string& origin, const std::optional<Time>& since, Time at) {
    if (!since) return origin.empty() ? "" : " (" + origin + ")";
    const auto days = whole_days(at - *since);
    return " (" + origin + (origin.empty() ? "" : ", ") +
           (days > 0 ? days_text(days) + " ago)" : std::string("today)"));
}

std::string title(const Verdict& verdict, bool colours) {
    std::string name = verdict.host;
    if (name.empty() && !verdict.path.empty()) name = verdict.path.front().certificate->display_name();
    if (name.empty()) name = "certificate";
    const bool repaired = verdict.accepted() && verdict.how != certs::How::as_sent;
    const std::string outcome =
        verdict.accepted() ? std::string("ACCEPTED, ") + (verdict.how ? certs::to_string(*verdict.how) : "ok")
                           : std::string("REFUSED, ") + certs::to_string(verdict.failure.reason);
    return padded(printable_ascii(name, 100), title_width) +
           coloured(verdict.accepted() ? (repaired ? yellow : green) : red, outcome, colours) + "\n\n";
}

std::string missing_lines(const Verdict& verdict) {
    Block block("missing");
    for (const auto& missing : verdict.missing) {
        block.line(missing.subject +
                   (missing.key_id.empty() ? "" : " (key id " + missing.key_id.substr(0, 8) + ")") +
                   ": the server must send it");
    }
    return block.text();
}

std::string judged_lines(const Verdict& verdict) {
    std::string time = to_rfc3339(verdict.at);
    time[10] = ' ';
    time.replace(time.size() - 1, 1, " UTC");
    return Block("judged")
        .line((verdict.host.empty() ? std::string("for no name")
                                    : "for " + printable_ascii(verdict.host, 260)) +
              ", profile " + verdict.profile + ", at " + time)
        .text();
}

/// The option of this command that does the same.
std::string option_for(const Verdict& verdict) {
    if (verdict.path.empty()) return "";
    if (verdict.failure.reason == Reason::issuer_not_found) return " Here: --untrusted FILE.";
    if (verdict.failure.reason == Reason::untrusted_root) return " Here: --trust FILE.";
    return "";
}

/// This is the refused path that path_lines() draws, for the reason that stands above it.
bool is_drawn(const certs::Attempt& attempt, const Verdict& verdict) {
    return attempt.failure.reason == verdict.failure.reason &&
           std::equal(attempt.path.begin(), attempt.path.end(), verdict.path.begin(), verdict.path.end(),
                      [](const PathElement& a, const PathElement& b) {
                          return a.certificate->sha256() == b.certificate->sha256();
                      });
}

}  // namespace

std::string path_lines(const Verdict& verdict, bool colours) {
    Block block("path");
    std::size_t width = 0;
    for (std::size_t i = 0; i < verdict.path.size(); ++i) {
        width = std::max(width, shown_width(name_of(*verdict.path[i].certificate)) + 3 * i);
    }
    for (std::size_t i = 0; i < verdict.path.size(); ++i) {
        const PathElement& element = verdict.path[i];
        const std::string branch = i == 0 ? "" : std::string(3 * (i - 1), ' ') + "└─ ";
        const bool offending = !verdict.accepted() && verdict.failure.depth == static_cast<int>(i);
        block.line(
            padded(branch + name_of(*element.certificate), width + 2) +
            padded(validity_text(*element.certificate, verdict.at), 38) + source_text(element, verdict.at) +
            (offending
                 ? coloured(red, std::string("   <-- ") + certs::to_string(verdict.failure.reason), colours)
                 : ""));
    }
    // What would come next, had it been found.
    if (verdict.failure.reason == certs::Reason::issuer_not_found && !verdict.path.empty()) {
        const std::string branch = std::string(3 * (verdict.path.size() - 1), ' ') + "└─ ";
        block.line(branch + "(" + verdict.path.back().certificate->issuer_display_name() + ")  is missing");
    }
    return block.text();
}

/// The root at the end of the path, when the server sent it: whoever trusts it has it. Else null.
const certs::Certificate* sent_root(const Verdict& verdict) {
    if (verdict.path.size() < 2 || verdict.path.back().source != certs::Source::trust) return nullptr;
    const auto& anchor = *verdict.path.back().certificate;
    const auto is_anchor = [&](const auto& sent) { return sent->sha256() == anchor.sha256(); };
    const bool sent = std::any_of(verdict.presented.begin(), verdict.presented.end(), is_anchor);
    return sent && anchor.is_self_issued() ? &anchor : nullptr;
}

std::string unused_lines(const Verdict& verdict) {
    Block block("unused");
    for (const auto& certificate : verdict.superfluous) {
        block.line(name_of(*certificate) + " [" + certs::short_fingerprint(*certificate) +
                   "]: sent for nothing");
    }
    if (const auto* root = sent_root(verdict))
        block.line(name_of(*root) + " [" + certs::short_fingerprint(*root) + "]: the root need not be sent");
    if (verdict.out_of_order) block.line("the certificates were not sent in the order of the path");
    return block.text();
}

std::string attempt_lines(const Verdict& verdict) {
    Block block("tried");
    std::size_t shown = 0;
    std::size_t others = 0;
    for (const auto& attempt : verdict.attempts) {
        if (is_drawn(attempt, verdict) || ++others > max_attempts_shown) continue;
        std::string path;
        for (const auto& element : attempt.path)
            path += (path.empty() ? "" : " ← ") + name_of(*element.certificate);
        block.line(std::to_string(++shown) + "  " + path);
        block.line("   " + std::string(certs::to_string(attempt.failure.reason)) + ": " +
                   attempt.failure.detail);
    }
    if (others > shown) block.line("and " + std::to_string(others - shown) + " more, see --json");
    return block.text();
}

std::string fetch_lines(const Verdict& verdict) {
    Block block("fetches");
    for (const auto& fetch : verdict.fetches) {
        std::string outcome =
            certs::to_string(fetch) + " after " + std::to_string(fetch.milliseconds) + " ms";
        if (fetch.result == certs::FetchResult::ok) {
            outcome += ", " + std::to_string(fetch.bytes) + " bytes" +
                       (fetch.format.empty() ? "" : ", " + fetch.format);
        }
        if (!fetch.detail.empty()) outcome += ": " + printable_ascii(fetch.detail, 200);
        block.line(padded(printable_ascii(fetch.url, 100), 40) + outcome +
                   (fetch.from_cache ? " (remembered)" : ""));
    }
    return block.text();
}

std::string warning_lines(const Verdict& verdict) {
    Block block("warning");
    for (const auto& warning : verdict.warnings) {
        block.line(warning.code + (warning.detail.empty() ? "" : ": " + warning.detail));
    }
    return block.text();
}

std::string labelled_lines(const char* label, const std::vector<std::string>& lines) {
    Block block(label);
    for (const auto& line : lines)
        block.line(line);
    return block.text();
}

std::size_t shown_width(const std::string& text) {
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string padded(const std::string& text, std::size_t width) {
    const std::size_t shown = shown_width(text);
    return text + std::string(shown + 2 <= width ? width - shown : 2, ' ');
}

std::string validity_text(const certs::Certificate& certificate, Time at) {
    const auto begin = certificate.not_before();
    const auto end = certificate.not_after();
    if (!begin || !end) return "validity unreadable";
    if (at < *begin)
        return "valid from " + to_date(*begin) + " (in " + days_text(whole_days(*begin - at)) + ")";
    if (at > *end) return "expired " + to_date(*end) + " (" + days_text(whole_days(at - *end)) + " ago)";
    return "valid until " + to_date(*end) + " (" + days_text(whole_days(*end - at)) + ")";
}

std::string source_text(const PathElement& element, Time at) {
    const std::string origin = printable_ascii(element.origin, 200);
    switch (element.source) {
        case certs::Source::server:
            return "sent";
        case certs::Source::untrusted:
            return "given beside the chain";
        case certs::Source::store:
            return "issuer store" + in_brackets(origin, element.obtained_at, at);
        case certs::Source::import:
            return "issuer store, imported" + in_brackets(origin, element.obtained_at, at);
        case certs::Source::aia:
            return "fetched from " + origin;
        case certs::Source::trust:
            return "trust: " + (origin.empty() ? "given" : origin);
    }
    return "";
}

std::string verdict_text(const Verdict& verdict, bool colours) {
    std::string text = title(verdict, colours);
    if (!verdict.accepted()) text += Block("why").line(verdict.failure.detail).text();
    text += path_lines(verdict, colours) + missing_lines(verdict) + unused_lines(verdict);
    if (!verdict.accepted()) text += attempt_lines(verdict);
    text += fetch_lines(verdict) + warning_lines(verdict) + judged_lines(verdict);
    if (!verdict.accepted()) text += Block("do").line(advice_for(verdict) + option_for(verdict)).text();
    return text;
}

}  // namespace chainmend::proxy
