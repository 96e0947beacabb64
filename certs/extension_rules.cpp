#include "certs/extension_rules.h"

#include <openssl/err.h>

#include <algorithm>
#include <array>

#include "certs/x509_view.h"

namespace chainmend::certs {
namespace {

/// Extensions whose meaning this room acts on, or that a TLS client may mark critical without changing what
/// it means.
constexpr std::array understood = {NID_basic_constraints,  NID_key_usage,
                                   NID_ext_key_usage,      NID_subject_alt_name,
                                   NID_name_constraints,   NID_certificate_policies,
                                   NID_policy_mappings,    NID_policy_constraints,
                                   NID_inhibit_any_policy, NID_crl_distribution_points};

/// Extensions that must decode when they are there. Others (logos, timestamps, private ones) are not ours to
/// read.
constexpr std::array decoded = {NID_basic_constraints,
                                NID_key_usage,
                                NID_ext_key_usage,
                                NID_subject_alt_name,
                                NID_issuer_alt_name,
                                NID_name_constraints,
                                NID_certificate_policies,
                                NID_policy_mappings,
                                NID_policy_constraints,
                                NID_inhibit_any_policy,
                                NID_crl_distribution_points,
                                NID_freshest_crl,
                                NID_info_access,
                                NID_sinfo_access,
                                NID_authority_key_identifier,
                                NID_subject_key_identifier,
                                NID_tlsfeature};

template <std::size_t N>
bool among(const std::array<int, N>& nids, int nid) {
    return std::find(nids.begin(), nids.end(), nid) != nids.end();
}

std::string extension_name(const X509_EXTENSION* extension) {
    std::array<char, 80> text{};
    OBJ_obj2txt(text.data(), text.size(), X509_EXTENSION_get_object(const_cast<X509_EXTENSION*>(extension)),
                0);
    return text.data();
}

/// RFC 5280 section 4.2: "A certificate MUST NOT include more than one instance of a particular extension."
void no_extension_twice(const Certificate& certificate, int depth, PathFindings& findings) {
    X509* x509 = certificate.x509();
    for (int i = 0; i < X509_get_ext_count(x509); ++i) {
        const ASN1_OBJECT* oid = X509_EXTENSION_get_object(X509_get_ext(x509, i));
        if (X509_get_ext_by_OBJ(x509, oid, i) < 0) continue;
        findings.refuse(
            Reason::malformed_certificate, depth,
            findings.name(depth) + " has the extension " + extension_name(X509_get_ext(x509, i)) + " twice");
        return;
    }
}

/// RFC 5280 section 4.2: a critical extension that is not understood means that the certificate must be
/// refused. Holds for anchors as well: whoever wrote it there wanted nobody to ignore it.
void critical_extensions_are_understood(const Certificate& certificate, int depth, PathFindings& findings) {
    X509* x509 = certificate.x509();
    for (int i = 0; i < X509_get_ext_count(x509); ++i) {
        X509_EXTENSION* extension = X509_get_ext(x509, i);
        if (X509_EXTENSION_get_critical(extension) == 0) continue;
        if (among(understood, OBJ_obj2nid(X509_EXTENSION_get_object(extension)))) continue;
        findings.refuse(Reason::unknown_critical_extension, depth,
                        findings.name(depth) + " has the critical extension " + extension_name(extension) +
                            ", which is unknown or must not be critical");
        return;
    }
}

/// Number of elements that `extension` decodes to, -1 when it does not decode or something follows it.
int decoded_elements(X509_EXTENSION* extension) {
    const X509V3_EXT_METHOD* method = X509V3_EXT_get(extension);
    const ASN1_OCTET_STRING* value = X509_EXTENSION_get_data(extension);
    const unsigned char* at = ASN1_STRING_get0_data(value);
    const unsigned char* end = at + ASN1_STRING_length(value);
    if (method == nullptr || method->it == nullptr) return -1;
    ASN1_VALUE* object = ASN1_item_d2i(nullptr, &at, end - at, ASN1_ITEM_ptr(method->it));
    const bool whole = object != nullptr && at == end;
    const int nid = OBJ_obj2nid(X509_EXTENSION_get_object(extension));
    int elements = whole ? 1 : -1;
    if (whole && (nid == NID_info_access || nid == NID_ext_key_usage || nid == NID_subject_alt_name ||
                  nid == NID_certificate_policies || nid == NID_policy_mappings ||
                  nid == NID_crl_distribution_points)) {
        elements = OPENSSL_sk_num(reinterpret_cast<const OPENSSL_STACK*>(object));
    }
    ASN1_item_free(object, ASN1_ITEM_ptr(method->it));
    return elements;
}

/// RFC 5280 section 4.2 gives each extension its syntax; lists there are SIZE (1..MAX).
void known_extensions_decode(const Certificate& certificate, int depth, PathFindings& findings) {
    X509* x509 = certificate.x509();
    for (int i = 0; i < X509_get_ext_count(x509); ++i) {
        X509_EXTENSION* extension = X509_get_ext(x509, i);
        if (!among(decoded, OBJ_obj2nid(X509_EXTENSION_get_object(extension)))) continue;
        const int elements = decoded_elements(extension);
        if (elements > 0) continue;
        findings.refuse(Reason::malformed_certificate, depth,
                        findings.name(depth) + " has " + (elements == 0 ? "an empty " : "a malformed ") +
                            extension_name(extension) + " extension");
        return;
    }
    // libcrypto found something inconsistent among the extensions, such as a negative path length.
    if ((X509_get_extension_flags(x509) & EXFLAG_INVALID) != 0) {
        findings.refuse(Reason::malformed_certificate, depth,
                        findings.name(depth) + " has extensions that contradict the standard");
    }
}

/// RFC 5280 section 4.1.1.2: the signature algorithm outside must be the one that is signed inside.
void signature_algorithms_agree(const Certificate& certificate, int depth, PathFindings& findings) {
    const X509_ALGOR* outer = nullptr;
    X509_get0_signature(nullptr, &outer, certificate.x509());
    if (X509_ALGOR_cmp(outer, X509_get0_tbs_sigalg(certificate.x509())) == 0) return;
    findings.refuse(Reason::malformed_certificate, depth,
                    findings.name(depth) + " names two different signature algorithms");
}

/// RFC 5280 sections 4.1.2.4 and 4.1.2.6: the issuer is a non-empty name, and so, by chaining, is the subject
/// of a CA.
void issuer_is_not_empty(const Certificate& certificate, int depth, PathFindings& findings) {
    if (!is_empty(X509_get_issuer_name(certificate.x509()))) return;
    findings.refuse(Reason::malformed_certificate, depth, findings.name(depth) + " has an empty issuer name");
}

/// RFC 5280 section 4.1.2.1 and BR section 7.1.1: extensions mean version 3, and only extensions say what a
/// key is for. A version 1 anchor is let through in the laxer profiles: it is trusted by name, not by what it
/// says.
void version_is_3(const Certificate& certificate, int depth, bool is_anchor, PathFindings& findings) {
    const long version = X509_get_version(certificate.x509());
    if (version == X509_VERSION_3) return;
    const bool bare_anchor = is_anchor && depth > 0 && X509_get_ext_count(certificate.x509()) == 0;
    findings.refuse_from(
        bare_anchor  ? Profile::rfc5280
        : depth == 0 ? Profile::default_
                     : Profile::compat,
        Reason::malformed_certificate, depth,
        findings.name(depth) + " is X.509 version " + std::to_string(version + 1) + ", not 3");
}

/// RFC 5280 section 4.1.2.2: serial numbers are positive and at most 20 octets. Anchors are exempt: trusted
/// roots with serial number 0 are in every system's store.
void serial_number_is_in_range(const Certificate& certificate, int depth, bool is_anchor,
                               PathFindings& findings) {
    if (is_anchor && depth > 0) return;
    const ASN1_INTEGER* serial = X509_get0_serialNumber(certificate.x509());
    const bool negative = ASN1_STRING_type(serial) == V_ASN1_NEG_INTEGER;
    const auto octets = octets_of(serial);
    const bool zero =
        std::all_of(octets.begin(), octets.end(), [](std::uint8_t octet) { return octet == 0; });
    if (!negative && !zero && octets.size() <= 20) return;
    findings.refuse_from(depth == 0 ? Profile::default_ : Profile::rfc5280, Reason::malformed_certificate,
                         depth,
                         findings.name(depth) + " has a serial number that is " +
                             (negative ? "negative"
                              : zero   ? "zero"
                                       : "longer than 20 octets"));
}

/// RFC 5280 section 4.2.1.1: every certificate but a self-signed one (whatever it calls its issuer) carries
/// the key identifier of its issuer.
void authority_key_id_is_present(const Certificate& certificate, int depth, PathFindings& findings) {
    if (!certificate.authority_key_id().empty() || certificate.is_self_issued()) return;
    if (certificate.is_ca() && X509_verify(certificate.x509(), X509_get0_pubkey(certificate.x509())) == 1)
        return;
    ERR_clear_error();
    findings.refuse_from(Profile::rfc5280, Reason::malformed_certificate, depth,
                         findings.name(depth) + " has no authority key identifier");
}

/// RFC 5280 section 4.2.1.9: a path length constraint belongs to a CA.
void path_length_belongs_to_a_ca(const Certificate& certificate, int depth, PathFindings& findings) {
    const auto constraints = extension<OwnedBasicConstraints>(certificate, NID_basic_constraints);
    if (!constraints || constraints->pathlen == nullptr || constraints->ca != 0) return;
    findings.refuse_from(Profile::rfc5280, Reason::malformed_certificate, depth,
                         findings.name(depth) + " limits path lengths without being a CA");
}

/// RFC 5280 section 4.2.1.11: policyConstraints must be critical.
void policy_constraints_are_critical(const Certificate& certificate, int depth, PathFindings& findings) {
    if (!has_extension(certificate, NID_policy_constraints) ||
        is_critical(certificate, NID_policy_constraints))
        return;
    findings.refuse_from(Profile::default_, Reason::policy, depth,
                         findings.name(depth) + " has policy constraints that are not critical");
}

/// RFC 5280 section 4.2.1.14: inhibitAnyPolicy must be critical.
void inhibit_any_policy_is_critical(const Certificate& certificate, int depth, PathFindings& findings) {
    if (!has_extension(certificate, NID_inhibit_any_policy) ||
        is_critical(certificate, NID_inhibit_any_policy))
        return;
    findings.refuse_from(Profile::rfc5280, Reason::policy, depth,
                         findings.name(depth) + " inhibits anyPolicy in an extension that is not critical");
}

}  // namespace

void judge_form(const Certificate& certificate, int depth, bool is_anchor, PathFindings& findings) {
    version_is_3(certificate, depth, is_anchor, findings);
    serial_number_is_in_range(certificate, depth, is_anchor, findings);
    signature_algorithms_agree(certificate, depth, findings);
    issuer_is_not_empty(certificate, depth, findings);
    no_extension_twice(certificate, depth, findings);
    critical_extensions_are_understood(certificate, depth, findings);
    known_extensions_decode(certificate, depth, findings);
    authority_key_id_is_present(certificate, depth, findings);
    path_length_belongs_to_a_ca(certificate, depth, findings);
    policy_constraints_are_critical(certificate, depth, findings);
    inhibit_any_policy_is_critical(certificate, depth, findings);
}

}  // namespace chainmend::certs
