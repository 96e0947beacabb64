#include "certs/end_entity_rules.h"

#include <algorithm>

#include "certs/extended_key_usage.h"
#include "certs/reference_identity.h"
#include "certs/x509_view.h"

namespace chainmend::certs {
namespace {

/// BR sections 7.1.2.7.8 and 7.1.2.7.11: a server certificate is no CA. RFC 5280 has nothing against it, and
/// private installations that serve their self-signed CA certificate are common.
void end_entity_is_not_a_ca(const Certificate& end_entity, PathFindings& findings) {
    if (!end_entity.is_ca()) return;
    findings.refuse_from(Profile::webpki, Reason::bad_key_usage, 0,
                         findings.name(0) + " is a CA certificate, used as an end entity's");
}

/// RFC 5280 section 4.2.1.9: without cA the keyCertSign bit must not be set.
void end_entity_does_not_sign_certificates(const Certificate& end_entity, PathFindings& findings) {
    if (end_entity.is_ca() || !has_extension(end_entity, NID_key_usage)) return;
    if ((key_usage(end_entity) & X509v3_KU_KEY_CERT_SIGN) == 0) return;
    findings.refuse_from(Profile::default_, Reason::bad_key_usage, 0,
                         findings.name(0) + " may sign certificates without being a CA");
}

/// RFC 5280 sections 4.2.1.3 and 4.2.1.12: a key for TLS signs, or encrypts or agrees on a key. Not asked of
/// a CA certificate in this place, which has the usages of a CA.
void key_usage_suits_tls(const Certificate& end_entity, Purpose purpose, PathFindings& findings) {
    if (purpose == Purpose::any || end_entity.is_ca() || !has_extension(end_entity, NID_key_usage)) return;
    const std::uint32_t server =
        X509v3_KU_DIGITAL_SIGNATURE | X509v3_KU_KEY_ENCIPHERMENT | X509v3_KU_KEY_AGREEMENT;
    const std::uint32_t client = X509v3_KU_DIGITAL_SIGNATURE | X509v3_KU_KEY_AGREEMENT;
    if ((key_usage(end_entity) & (purpose == Purpose::server ? server : client)) != 0) return;
    findings.refuse(Reason::bad_key_usage, 0, findings.name(0) + " has a key usage that does not allow TLS");
}

/// RFC 5280 section 4.2.1.12, BR section 7.1.2.7.6 and 7.1.2.7.10: the purpose is among the extended key
/// usages; public certificates name it themselves, in an extension that is not critical.
void extended_key_usage_fits(const Certificate& end_entity, Purpose purpose, PathFindings& findings) {
    const ExtendedKeyUsage usage = extended_key_usage(end_entity, purpose);
    switch (usage) {
        case ExtendedKeyUsage::absent:
            if (purpose == Purpose::any) break;
            findings.refuse_from(Profile::webpki, Reason::bad_eku, 0,
                                 findings.name(0) + " has no extended key usage");
            break;
        case ExtendedKeyUsage::refuses:
            findings.refuse(
                Reason::bad_eku, 0,
                findings.name(0) + " is not for TLS " + to_string(purpose) + "s (extended key usage)");
            break;
        case ExtendedKeyUsage::any_usage:
            findings.refuse_from(Profile::webpki, Reason::bad_eku, 0,
                                 findings.name(0) + " is for any purpose (anyExtendedKeyUsage)");
            break;
        case ExtendedKeyUsage::allows:
            break;
    }
    if (is_critical(end_entity, NID_ext_key_usage)) {
        findings.refuse_from(Profile::webpki, Reason::bad_eku, 0,
                             findings.name(0) + " has a critical extended key usage");
    }
}

/// RFC 5280 section 4.2.1.10: name constraints are for CA certificates only.
void end_entity_constrains_no_names(const Certificate& end_entity, PathFindings& findings) {
    if (!has_extension(end_entity, NID_name_constraints) || end_entity.is_ca()) return;
    findings.refuse(Reason::name_constraint, 0,
                    findings.name(0) + " has name constraints, which only a CA may have");
}

/// RFC 5280 section 4.2.1.6: with an empty subject the subjectAltName is critical; BR section 7.1.2.7.12:
/// with any other it is not.
void subject_alt_name_criticality(const Certificate& end_entity, PathFindings& findings) {
    if (!has_extension(end_entity, NID_subject_alt_name)) return;
    const bool empty_subject = is_empty(X509_get_subject_name(end_entity.x509()));
    const bool critical = is_critical(end_entity, NID_subject_alt_name);
    if (empty_subject && !critical) {
        findings.refuse_from(
            Profile::default_, Reason::malformed_certificate, 0,
            findings.name(0) + " has an empty subject and a subjectAltName that is not critical");
    } else if (!empty_subject && critical) {
        findings.refuse_from(Profile::webpki, Reason::malformed_certificate, 0,
                             findings.name(0) + " has a subject, and yet a critical subjectAltName");
    }
}

bool in_preferred_syntax(std::string_view name) {
    if (name.substr(0, 2) == "*.") name.remove_prefix(2);
    return name.find('_') == std::string_view::npos && ReferenceIdentity::dns(name).ok() &&
           name.back() != '.';
}

/// RFC 5280 section 4.2.1.6: dNSNames are in the preferred name syntax of RFC 1034 (no underscore, no empty
/// label). A name that is not matches nothing or, with an underscore, is in real use inside companies.
void dns_names_are_in_preferred_syntax(const Certificate& end_entity, PathFindings& findings) {
    const auto names = extension<OwnedNames>(end_entity, NID_subject_alt_name);
    for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
        const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
        if (name->type != GEN_DNS || in_preferred_syntax(text_of(name->d.dNSName))) continue;
        findings.refuse_from(Profile::rfc5280, Reason::malformed_certificate, 0,
                             findings.name(0) + " has a DNS name that is not one");
        return;
    }
}

/// In any spelling, also those that the BR do not allow ("0xC0A80101", "192.168.001.001").
bool looks_like_an_address(std::string_view text) {
    const auto last = text.substr(text.rfind('.') + 1);
    return text.find(':') != std::string_view::npos || last.substr(0, 2) == "0x" ||
           last.substr(0, 2) == "0X" ||
           (!last.empty() && std::ranges::all_of(last, [](char c) { return c >= '0' && c <= '9'; }));
}

bool is_below(std::string_view name, std::string_view domain) {
    return name.size() > domain.size() && name.substr(name.size() - domain.size()) == domain &&
           name[name.size() - domain.size() - 1] == '.';
}

/// True when the common name claims a host that the subjectAltNames do not: it is an address or not ASCII, or
/// there are DNS names and it is neither one of them, letter for letter, nor the domain above one of them.
bool claims_another_host(std::string_view common_name, const GENERAL_NAMES* names) {
    bool has_dns_name = false;
    for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
        const GENERAL_NAME* name = sk_GENERAL_NAME_value(names, i);
        if (name->type == GEN_IPADD && address_text(octets_of(name->d.iPAddress)) == common_name)
            return false;
        if (name->type != GEN_DNS) continue;
        has_dns_name = true;
        const auto dns_name = text_of(name->d.dNSName);
        if (dns_name == common_name || is_below(dns_name, common_name)) return false;
    }
    const bool ascii =
        std::ranges::all_of(common_name, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    return has_dns_name || looks_like_an_address(common_name) || !ascii;
}

/// BR section 7.1.4.3: a common name is a character for character copy of a name in the subjectAltName. Where
/// it can not be mistaken for another host it is let through, as certificates for an address or a wildcard
/// often have their domain there.
void common_name_claims_no_other_host(const Certificate& end_entity, Purpose purpose,
                                      PathFindings& findings) {
    if (purpose != Purpose::server) return;
    const auto names = extension<OwnedNames>(end_entity, NID_subject_alt_name);
    const X509_NAME* subject = X509_get_subject_name(end_entity.x509());
    for (int i = X509_NAME_get_index_by_NID(subject, NID_commonName, -1); i >= 0;
         i = X509_NAME_get_index_by_NID(subject, NID_commonName, i)) {
        const ASN1_STRING* value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, i));
        if (!claims_another_host(text_of(value), names.get())) continue;
        findings.refuse_from(Profile::webpki, Reason::malformed_certificate, 0,
                             findings.name(0) + " has a common name that is not among its subjectAltNames");
        return;
    }
}

}  // namespace

void judge_end_entity_form(const Certificate& end_entity, Purpose purpose, PathFindings& findings) {
    end_entity_is_not_a_ca(end_entity, findings);
    end_entity_does_not_sign_certificates(end_entity, findings);
    key_usage_suits_tls(end_entity, purpose, findings);
    extended_key_usage_fits(end_entity, purpose, findings);
    end_entity_constrains_no_names(end_entity, findings);
    subject_alt_name_criticality(end_entity, findings);
    dns_names_are_in_preferred_syntax(end_entity, findings);
    common_name_claims_no_other_host(end_entity, purpose, findings);
}

}  // namespace chainmend::certs
