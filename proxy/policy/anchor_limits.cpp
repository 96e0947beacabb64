#include "proxy/policy/anchor_limits.h"

#include <set>

#include "config/date.h"
#include "config/host_pattern.h"
#include "config/sha256_text.h"

namespace chainmend::proxy {
namespace {

/// What `name` stands for: itself if it is a fingerprint, else the anchors of the file of that name.
std::vector<Sha256> fingerprints_of(const std::string& name, const certs::TrustStore& trust) {
    if (const auto fingerprint = parse_key_pin(name)) return {*fingerprint};
    std::vector<Sha256> found;
    for (const certs::Anchor& anchor : trust.anchors()) {
        if (anchor.origin == name) found.push_back(anchor.certificate->sha256());
    }
    return found;
}

Error unknown_name(const char* setting, const std::string& name) {
    return {ErrorCode::configuration,
            std::string(setting) + ": \"" + name +
                "\" is neither a SHA-256 fingerprint nor a file in trust.files that gave an anchor"};
}

}  // namespace

Result<std::shared_ptr<const certs::AnchorLimits>> anchor_limits_of(const config::TrustSettings& settings,
                                                                    const certs::TrustStore& trust) {
    if (settings.only_for.empty() && settings.distrust_after.empty())
        return std::shared_ptr<const certs::AnchorLimits>();
    auto limits = std::make_shared<certs::AnchorLimits>();
    for (const auto& [name, hosts] : settings.only_for) {
        const auto fingerprints = fingerprints_of(name, trust);
        const auto patterns = split_patterns(hosts);
        if (fingerprints.empty()) return unknown_name("trust.only_for", name);
        if (patterns.empty())
            return Error{ErrorCode::configuration, "trust.only_for: \"" + name + "\" has no hosts"};
        for (const Sha256& fingerprint : fingerprints)
            limits->allow_only(fingerprint, patterns);
    }
    for (const auto& [name, date] : settings.distrust_after) {
        const auto fingerprints = fingerprints_of(name, trust);
        const auto last = last_moment_of(date);
        if (fingerprints.empty()) return unknown_name("trust.distrust_after", name);
        if (!last) return last.error().in("trust.distrust_after: " + name);
        for (const Sha256& fingerprint : fingerprints)
            limits->allow_until(fingerprint, *last);
    }
    return std::shared_ptr<const certs::AnchorLimits>(std::move(limits));
}

std::vector<std::string> unknown_limited_cas(const config::TrustSettings& settings,
                                             const certs::TrustStore& trust,
                                             const certs::IssuerStore& issuers) {
    std::vector<std::string> warnings;
    if (settings.only_for.empty() && settings.distrust_after.empty()) return warnings;
    std::set<Sha256> known;
    const auto know = [&](const certs::Certificate& certificate) {
        known.insert(certificate.sha256());
        known.insert(certificate.spki_sha256());
    };
    for (const auto& anchor : trust.anchors())
        know(*anchor.certificate);
    for (const auto& issuer : issuers.all())
        know(*issuer.certificate);
    const auto look_at = [&](const char* setting, const auto& entries) {
        for (const auto& [name, value] : entries) {
            const auto fingerprint = parse_key_pin(name);
            if (!fingerprint || known.contains(*fingerprint)) continue;
            warnings.push_back(std::string(setting) +
                               ": no anchor and no issuer known here has the fingerprint " + name +
                               "; is it mistyped?");
        }
    };
    look_at("trust.only_for", settings.only_for);
    look_at("trust.distrust_after", settings.distrust_after);
    return warnings;
}

}  // namespace chainmend::proxy
