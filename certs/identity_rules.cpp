#include "certs/identity_rules.h"

#include <algorithm>

#include "certs/public_suffix.h"
#include "certs/x509_view.h"
#include "config/ascii.h"

namespace chainmend::certs {
namespace {

bool same_ignoring_case(std::string_view a, std::string_view b) {
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
               return ascii_lower(x) == ascii_lower(y);
           });
}

/// Same mailbox: the local part as it is, the domain whatever its case (RFC 5280 section 7.5).
bool same_mailbox(std::string_view a, std::string_view b) {
    const auto at = a.rfind('@');
    return at != std::string_view::npos && at == b.rfind('@') && a.substr(0, at) == b.substr(0, at) &&
           same_ignoring_case(a.substr(at), b.substr(at));
}

/// Printable and short: names in a certificate are written by strangers.
std::string shown(std::string_view name) {
    std::string text;
    for (const char c : name.substr(0, 80))
        text += (c > 0x20 && c < 0x7f && c != '"') ? c : '?';
    return text;
}

struct Match {
    bool found = false;
    bool any_name = false;      // there is a name of a kind that a host can be
    std::string_view wildcard;  // the presented name, when only a wildcard matched
    std::string listed;         // the first names, for the refusal
};

Match match_host(const GENERAL_NAMES* names, const ReferenceIdentity& identity) {
    Match match;
    int listed = 0;
    for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
        int type = 0;
        const auto* value =
            static_cast<const ASN1_STRING*>(GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names, i), &type));
        if (type != GEN_DNS && type != GEN_IPADD) continue;
        match.any_name = true;
        const auto text = text_of(value);
        if (++listed <= 3) {
            match.listed +=
                (listed == 1 ? "" : ", ") + (type == GEN_DNS ? shown(text) : address_text(octets_of(value)));
        }
        if (type == GEN_IPADD) {
            const auto octets = octets_of(value);
            if (identity.kind() == ReferenceIdentity::Kind::ip &&
                std::ranges::equal(octets, identity.address()))
                match.found = true;
        } else if (identity.kind() == ReferenceIdentity::Kind::dns &&
                   dns_name_matches(text, identity.text())) {
            if (text.substr(0, 2) != "*.")
                match.found = true;
            else
                match.wildcard = text;
        }
    }
    if (listed > 3) match.listed += " and " + std::to_string(listed - 3) + " more";
    return match;
}

std::vector<std::string> common_names(const Certificate& certificate) {
    std::vector<std::string> names;
    const X509_NAME* subject = X509_get_subject_name(certificate.x509());
    for (int i = X509_NAME_get_index_by_NID(subject, NID_commonName, -1); i >= 0;
         i = X509_NAME_get_index_by_NID(subject, NID_commonName, i)) {
        names.emplace_back(text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, i))));
    }
    return names;
}

/// Before RFC 6125 a certificate without names had its host in the common name. Only the compat profile still
/// looks there, and says so.
bool common_name_stands_in(const Certificate& certificate, const ReferenceIdentity& identity,
                           PathFindings& findings) {
    if (findings.profile() != Profile::compat) return false;
    for (const auto& name : common_names(certificate)) {
        const bool matches = identity.kind() == ReferenceIdentity::Kind::dns
                                 ? dns_name_matches(name, identity.text())
                                 : name == identity.text();
        if (!matches) continue;
        findings.warn(to_string(Reason::no_san), 0,
                      findings.name(0) + " names its host in the common name only");
        return true;
    }
    return false;
}

/// BR section 3.2.2.6: no wildcard directly under a public suffix; whoever holds "*.co.uk" speaks for a
/// country.
void wildcard_is_not_for_a_public_suffix(std::string_view wildcard, PathFindings& findings) {
    if (!is_public_suffix(wildcard.substr(2))) return;
    findings.refuse_from(
        Profile::webpki, Reason::host_mismatch, 0,
        findings.name(0) + " matches only by " + shown(wildcard) + ", a wildcard for a public suffix");
}

/// RFC 9525 section 6: a dNSName or an iPAddress of the subjectAltName is the host that was asked for; the
/// common name says nothing.
void host_matches(const Certificate& end_entity, const ReferenceIdentity& identity, PathFindings& findings) {
    const auto names = extension<OwnedNames>(end_entity, NID_subject_alt_name);
    const Match match = match_host(names.get(), identity);
    if (match.found) return;
    if (!match.wildcard.empty()) return wildcard_is_not_for_a_public_suffix(match.wildcard, findings);
    if (match.any_name) {
        findings.refuse(Reason::host_mismatch, 0,
                        "the certificate is for " + match.listed + ", not for " + identity.text());
    } else if (!common_name_stands_in(end_entity, identity, findings)) {
        findings.refuse(Reason::no_san, 0,
                        findings.name(0) + " names no host (no DNS name or address in a subjectAltName)");
    }
}

/// RFC 5280 section 4.2.1.6: the mailboxes that were asked for are rfc822Names of the subjectAltName.
void emails_are_held(const Certificate& end_entity, const std::vector<std::string>& emails,
                     PathFindings& findings) {
    if (emails.empty()) return;
    const auto names = extension<OwnedNames>(end_entity, NID_subject_alt_name);
    for (const auto& email : emails) {
        bool held = false;
        for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
            const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
            if (name->type == GEN_EMAIL && same_mailbox(text_of(name->d.rfc822Name), email)) held = true;
        }
        if (!held)
            findings.refuse(Reason::host_mismatch, 0,
                            findings.name(0) + " does not hold the address " + shown(email));
    }
}

}  // namespace

bool dns_name_matches(std::string_view presented, std::string_view host) {
    if (same_ignoring_case(presented, host)) return presented.find('*') == std::string_view::npos;
    if (presented.substr(0, 2) != "*.") return false;
    const auto base = presented.substr(1);  // with its dot
    const auto first_dot = host.find('.');
    if (first_dot == std::string_view::npos || first_dot == 0 || base.find('.', 1) == std::string_view::npos)
        return false;
    if (base.find('*') != std::string_view::npos) return false;
    return same_ignoring_case(base, host.substr(first_dot));
}

void judge_identity(const Certificate& end_entity, const VerifyRequest& request, PathFindings& findings) {
    if (request.identity) host_matches(end_entity, *request.identity, findings);
    emails_are_held(end_entity, request.emails, findings);
}

}  // namespace chainmend::certs
