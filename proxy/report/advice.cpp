#include "proxy/report/advice.h"

#include "certs/distrust_rules.h"

namespace chainmend::proxy {

const char* advice_for(certs::Reason reason) {
    using enum certs::Reason;
    switch (reason) {
        case ok:
            return "";
        case issuer_not_found:
            return "The server must send its intermediate certificates. Until it does, give the missing "
                   "issuer to "
                   "chainmend's issuer store: chainmend intermediates import FILE.";
        case untrusted_root:
            return "If this CA is your organisation's, add its root certificate with trust.files.";
        case expired:
            return "The server's administrator must renew the certificate.";
        case not_yet_valid:
            return "Check the clock of this machine; if it is right, the server's certificate is wrong.";
        case host_mismatch:
        case no_san:
            return "Check the name; if it is right, the server's certificate must be issued for it, as a DNS "
                   "name or "
                   "address in the subject alternative name.";
        case bad_signature:
            return "Do not go on: somebody may have forged this certificate. If the CA was renewed, the "
                   "server must "
                   "send the issuer that really signed it.";
        case weak_signature:
        case weak_key:
            return "The certificate must be issued again with SHA-256 and a key of at least RSA 2048 or "
                   "P-256.";
        case bad_eku:
        case bad_key_usage:
            return "The certificate was not issued for this use: the server needs one for servers "
                   "(serverAuth).";
        case not_a_ca:
        case path_length:
        case name_constraint:
            return "An issuer on the path may not issue this certificate: its CA must be asked for another "
                   "one.";
        case max_depth:
            return "The path is longer than verify.max_depth allows; real paths have one to three "
                   "intermediates.";
        case unknown_critical_extension:
        case malformed_certificate:
            return "The certificate breaks the rules of its format: its CA must issue it again.";
        case revoked:
            return "Do not go on: the CA has declared this certificate invalid.";
        case revocation_unknown:
            return "Give a current revocation list or response from the issuer of the certificate.";
        case staple_required:
            return "The certificate demands a stapled OCSP response: the server must be set up to staple "
                   "one.";
        case pin_mismatch:
            return "The server shows another key than the one pinned. If it was changed on purpose, change "
                   "pins.";
        case leaf_as_anchor:
            return "A server's own certificate can not be an anchor: put its issuer into trust.files.";
        case policy:
            return "The configuration forbids this, or a CA on the path demands a certificate policy that "
                   "does "
                   "not hold: its CA must issue the certificate anew.";
        case build_limit:
            return "The chain holds so many certificates of the same names that the search was stopped: the "
                   "server "
                   "must send only its own path.";
        case fetch_limit:
        case fetch_blocked:
            return "The missing issuer could not be fetched within the bounds of [repair] and [egress].";
    }
    return "";
}

namespace {

using certs::PathElement;
using certs::Verdict;

/// Where a certificate whose validity is over or has not begun stands decides who can mend it.
std::string advice_for_times(const Verdict& verdict) {
    const auto depth = static_cast<std::size_t>(verdict.failure.depth);
    if (depth == 0 || depth >= verdict.path.size()) return advice_for(verdict.failure.reason);
    const PathElement& offender = verdict.path[depth];
    const std::string name = "\"" + offender.certificate->display_name() + "\"";
    if (offender.source == certs::Source::trust) {
        return "The trust store holds " + name +
               ", which is not valid at this time: bring the store up to date (" +
               (offender.origin.empty() ? "given" : offender.origin) + "), or check the clock.";
    }
    return "The server must send the current certificate of " + name + ", as its CA offers it for download.";
}

/// What is wrong with a certificate that is not the server's own: whose it is comes first, because the
/// server's administrator can not mend that one.
std::string advice_for_issuer(const Verdict& verdict) {
    const PathElement& offender = verdict.path[static_cast<std::size_t>(verdict.failure.depth)];
    return "This is about \"" + offender.certificate->display_name() + "\", " +
           (offender.source == certs::Source::trust ? "a CA in the trust store. "
                                                    : "an issuer on the path. ") +
           advice_for(verdict.failure.reason);
}

std::string advice_for_missing(const Verdict& verdict) {
    const certs::Certificate& child = *verdict.path.back().certificate;
    std::string text =
        "The server must send the certificate of its issuer \"" + child.issuer_display_name() + "\".";
    const auto urls = child.ca_issuers_urls();
    if (!urls.empty()) text += " " + child.display_name() + " says that it is at " + urls.front() + ".";
    if (verdict.path.size() > 1 && urls.empty())
        text += " If that is the root of your organisation's own CA, trust it, with trust.files.";
    return text + " Until it does: chainmend intermediates import FILE.";
}

std::string advice_for_untrusted(const Verdict& verdict) {
    if (verdict.failure.detail.find(certs::own_ca_detail) != std::string::npos) {
        return "Do not go on: either the way to the server leads through this proxy twice, or somebody has "
               "the key of its signing CA.";
    }
    // It reached an anchor, so a setting says what that is not trusted for.
    if (verdict.path.back().source == certs::Source::trust)
        return "See trust.only_for and trust.distrust_after in the configuration.";
    const std::string name = verdict.path.back().certificate->display_name();
    return "If \"" + name +
           "\" is your organisation's own CA, trust it, with trust.files. If you do not know it, do not.";
}

}  // namespace

std::string advice_for(const Verdict& verdict) {
    using enum certs::Reason;
    const certs::Reason reason = verdict.failure.reason;
    if (reason == expired || reason == not_yet_valid) return advice_for_times(verdict);
    if (verdict.path.empty()) return advice_for(reason);
    const auto depth = static_cast<std::size_t>(verdict.failure.depth);
    const bool is_of_certificate = reason == weak_signature || reason == weak_key || reason == revoked ||
                                   reason == unknown_critical_extension || reason == malformed_certificate;
    if (is_of_certificate && depth > 0 && depth < verdict.path.size()) return advice_for_issuer(verdict);
    if (reason == issuer_not_found) return advice_for_missing(verdict);
    if (reason == untrusted_root) return advice_for_untrusted(verdict);
    return advice_for(reason);
}

}  // namespace chainmend::proxy
