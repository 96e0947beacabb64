#include "proxy/audit/would_pass.h"

#include <algorithm>

#include "certs/exception_rules.h"
#include "config/sha256_text.h"

namespace chainmend::proxy {
namespace {

using certs::Reason;
using certs::ReplayQuestion;
using certs::Verdict;

// Names tried and shown: a certificate may have thousands.
constexpr std::size_t max_names = 3;
// Times tried: each shows more of the path than the one before, and paths have three or four certificates.
constexpr int max_times = 8;

/// When all certificates of a path are valid at once.
struct Window {
    Time from{};
    Time until{};
};
std::optional<Window> window_of(const std::vector<certs::PathElement>& path) {
    std::optional<Window> window;
    for (const auto& element : path) {
        const auto begin = element.certificate->not_before();
        const auto end = element.certificate->not_after();
        if (!begin || !end) return std::nullopt;
        window = window ? Window{std::max(window->from, *begin), std::min(window->until, *end)}
                        : Window{*begin, *end};
    }
    return window && window->from <= window->until ? window : std::nullopt;
}

std::string minute(Time time) {
    auto text = to_rfc3339(time);
    text[10] = ' ';
    return text.substr(0, 16) + " UTC";
}

class Alternatives {
  public:
    Alternatives(const Verdict& verdict, const ReplayQuestion& question)
        : verdict_(verdict), question_(question) {}

    std::vector<std::string> find() {
        add_missing();
        add_root();
        add_time();
        add_names();
        add_profile();
        add_pins();
        add_revocation();
        return std::move(lines_);
    }

  private:
    bool passes(const ReplayQuestion& question) const { return certs::replay(question).accepted(); }

    void add_missing() {
        const auto reason = verdict_.failure.reason;
        if (reason != Reason::issuer_not_found && reason != Reason::fetch_limit &&
            reason != Reason::fetch_blocked)
            return;
        for (const auto& issuer : verdict_.missing) {
            lines_.push_back(
                "if \"" + issuer.subject + "\"" +
                (issuer.key_id.empty() ? "" : " (key id " + issuer.key_id.substr(0, 8) + ")") +
                " were sent, stored (chainmend intermediates import FILE) or served at its URL, and "
                "leads to a trusted root");
        }
    }

    void add_root() {
        if (verdict_.path.empty() || verdict_.path.back().source == certs::Source::trust) return;
        const auto& top = verdict_.path.back().certificate;
        if (!top->is_ca()) return;
        auto question = question_;
        question.more_anchors.push_back({top, "given"});
        // From trust.files only what is self-signed becomes an anchor by itself.
        const char* how = top->is_self_signed() ? "in trust.files"
                                                : "in trust.files with trust.intermediates_as_anchors = true";
        if (passes(question))
            lines_.push_back("if \"" + top->display_name() + "\" (SHA-256 " + to_hex(top->sha256()) +
                             ") were trusted, " + how);
    }

    /// A refusal may come before the whole path is known: at a time when what is known of it is valid more of
    /// it comes to light.
    void add_time() {
        auto question = question_;
        auto window = window_of(verdict_.path);
        for (int tried = 0; window && tried < max_times; ++tried) {
            auto& at = question.evidence.request.at;
            if (at >= window->from && at <= window->until) return;
            at = std::clamp(at, window->from, window->until);
            const auto verdict = certs::replay(question);
            if (verdict.accepted()) {
                lines_.push_back(at < verdict_.at ? "until " + minute(at) : "from " + minute(at) + " on");
                return;
            }
            window = window_of(verdict.path);
        }
    }

    void add_names() {
        const auto reason = verdict_.failure.reason;
        if (reason != Reason::host_mismatch || verdict_.presented.empty()) return;
        std::size_t tried = 0;
        for (const auto& names :
             {verdict_.presented.front()->dns_names(), verdict_.presented.front()->ip_addresses()}) {
            for (const auto& name : names) {
                auto identity = certs::ReferenceIdentity::from_host(
                    name.starts_with("*.") ? "www." + name.substr(2) : name);
                if (!identity || ++tried > max_names) continue;
                auto question = question_;
                question.evidence.request.identity = *identity;
                if (passes(question)) lines_.push_back("for the name " + identity->text());
            }
        }
    }

    void add_profile() {
        for (const auto profile :
             {certs::Profile::rfc5280, certs::Profile::default_, certs::Profile::compat}) {
            if (profile >= question_.evidence.request.profile) continue;
            auto question = question_;
            question.evidence.request.profile = profile;
            if (!passes(question)) continue;
            lines_.push_back(std::string("with the profile ") + certs::to_string(profile));
            return;
        }
    }

    void add_pins() {
        if (verdict_.failure.reason != Reason::pin_mismatch || verdict_.presented.empty()) return;
        auto question = question_;
        question.evidence.request.pins = nullptr;
        if (!passes(question)) return;
        const auto& leaf = *verdict_.presented.front();
        lines_.push_back("if its key were among the host's pins: " + to_base64(leaf.spki_sha256()) + " (" +
                         leaf.display_name() + ")");
    }

    void add_revocation() {
        const auto& inquiry = question_.evidence.revocation;
        const auto reason = verdict_.failure.reason;
        if (!inquiry || (reason != Reason::revocation_unknown && reason != Reason::staple_required)) return;
        for (const auto mode : {certs::RevocationMode::soft, certs::RevocationMode::off}) {
            if (mode >= inquiry->options.mode) continue;
            auto question = question_;
            question.evidence.revocation->options.mode = mode;
            if (!passes(question)) continue;
            lines_.push_back(
                std::string("with verify.revocation = \"") + certs::to_string(mode) + "\"" +
                (reason == Reason::staple_required ? ", or if the server stapled an OCSP response" : ""));
            return;
        }
    }

    const Verdict& verdict_;
    const ReplayQuestion& question_;
    std::vector<std::string> lines_;
};

}  // namespace

std::vector<std::string> would_pass(const Verdict& verdict) {
    if (!verdict.evidence) return verdict.accepted() ? would_pass(verdict, {}) : std::vector<std::string>{};
    return would_pass(verdict, {verdict.presented, *verdict.evidence, verdict.fetches, {}, {}});
}

std::vector<std::string> would_pass(const Verdict& verdict, const ReplayQuestion& question) {
    if (!verdict.accepted()) return Alternatives(verdict, question).find();
    if (!verdict.expires) return {};
    if (certs::ends_with_exception(verdict))
        return {"until " + minute(verdict.expires->at) + ", when the exception for it ends"};
    return {"until " + minute(verdict.expires->at) + ", when the first certificate on its path expires"};
}

}  // namespace chainmend::proxy
