#include "certs/issuer_rules.h"

#include <algorithm>

#include "certs/extended_key_usage.h"
#include "certs/x509_view.h"

namespace chainmend::certs {
namespace {

/// RFC 5280 sections 4.2.1.9 and 6.1.4(k): an issuer says cA in basicConstraints. A version 1 anchor can not
/// say so; version_is_3 has judged it.
void issuer_is_a_ca(const Certificate& issuer, int depth, bool is_anchor, PathFindings& findings) {
    if (issuer.is_ca()) return;
    if (is_anchor && X509_get_version(issuer.x509()) < X509_VERSION_3 &&
        X509_get_ext_count(issuer.x509()) == 0)
        return;
    findings.refuse(Reason::not_a_ca, depth,
                    findings.name(depth) + " is not a CA and can not issue certificates");
}

/// RFC 5280 section 4.2.1.9: basicConstraints of a CA is critical.
void basic_constraints_are_critical(const Certificate& issuer, int depth, PathFindings& findings) {
    if (!issuer.is_ca() || is_critical(issuer, NID_basic_constraints)) return;
    findings.refuse_from(Profile::rfc5280, Reason::malformed_certificate, depth,
                         findings.name(depth) + " has basic constraints that are not critical");
}

/// RFC 5280 sections 4.2.1.3 and 6.1.4(n): when there is a key usage it includes keyCertSign.
void issuer_may_sign_certificates(const Certificate& issuer, int depth, PathFindings& findings) {
    if (!has_extension(issuer, NID_key_usage)) return;
    if ((key_usage(issuer) & X509v3_KU_KEY_CERT_SIGN) != 0) return;
    findings.refuse(Reason::bad_key_usage, depth,
                    findings.name(depth) + " may not sign certificates (key usage)");
}

/// RFC 5280 section 4.2.1.2: a CA certificate has a subject key identifier.
void subject_key_id_is_present(const Certificate& issuer, int depth, PathFindings& findings) {
    if (!issuer.subject_key_id().empty() || X509_get_version(issuer.x509()) < X509_VERSION_3) return;
    findings.refuse_from(Profile::rfc5280, Reason::malformed_certificate, depth,
                         findings.name(depth) + " has no subject key identifier");
}

/// BR section 7.1.2.10.6 and universal practice: extended key usages nest. A CA that lists some issues for no
/// others.
void extended_key_usages_nest(const Certificate& issuer, int depth, Purpose purpose, PathFindings& findings) {
    if (extended_key_usage(issuer, purpose) != ExtendedKeyUsage::refuses) return;
    findings.refuse(Reason::bad_eku, depth,
                    findings.name(depth) + " may not issue certificates for TLS " + to_string(purpose) +
                        "s (extended key usage)");
}

/// BR section 7.1.2.1.2: a root has no extended key usage.
void root_has_no_extended_key_usage(const Certificate& root, int depth, PathFindings& findings) {
    if (!root.is_self_issued() || !has_extension(root, NID_ext_key_usage)) return;
    findings.refuse_from(Profile::webpki, Reason::bad_eku, depth,
                         findings.name(depth) + " is a root with an extended key usage");
}

/// BR section 7.1.2.1.3: the authority key identifier of a root is its own key identifier and nothing else.
void root_authority_key_id_is_its_own(const Certificate& root, int depth, PathFindings& findings) {
    if (!root.is_self_issued() || !has_extension(root, NID_authority_key_identifier)) return;
    const auto id = extension<OwnedKeyId>(root, NID_authority_key_identifier);
    if (id && id->issuer == nullptr && id->serial == nullptr && !root.authority_key_id().empty() &&
        root.authority_key_id() == root.subject_key_id()) {
        return;
    }
    findings.refuse_from(Profile::webpki, Reason::malformed_certificate, depth,
                         findings.name(depth) + " has an authority key identifier that is not just its own");
}

/// RFC 5280 section 6.1.3(a)(4): the issuer of each is the subject of the next.
void names_chain(const CertificatePath& path, PathFindings& findings) {
    for (std::size_t i = 0; i + 1 < path.size(); ++i) {
        if (X509_NAME_cmp(X509_get_issuer_name(path[i]->x509()),
                          X509_get_subject_name(path[i + 1]->x509())) == 0)
            continue;
        const int depth = static_cast<int>(i);
        findings.refuse(Reason::issuer_not_found, depth,
                        findings.name(depth) + " names another issuer than " + findings.name(depth + 1));
    }
}

/// RFC 5280 section 4.2.1.1: key identifiers help to find issuers. They lie now and then (a rekeyed or
/// renewed CA), and the signature is what counts.
void key_ids_chain(const CertificatePath& path, PathFindings& findings) {
    for (std::size_t i = 0; i + 1 < path.size(); ++i) {
        const auto& wanted = path[i]->authority_key_id();
        const auto& found = path[i + 1]->subject_key_id();
        if (wanted.empty() || found.empty() || wanted == found) continue;
        const int depth = static_cast<int>(i);
        findings.warn("key_id_mismatch", depth,
                      findings.name(depth) + " gives another key identifier for its issuer than " +
                          findings.name(depth + 1) + " has");
    }
}

/// RFC 5280 section 4.2.1.9: at most pathLenConstraint intermediates below that are not self-issued. Anchors
/// are held to theirs as well.
void path_lengths_hold(const CertificatePath& path, PathFindings& findings) {
    long below = 0;
    for (std::size_t i = 1; i < path.size(); ++i) {
        const long limit = X509_get_pathlen(path[i]->x509());
        const int depth = static_cast<int>(i);
        if (limit >= 0 && below > limit) {
            findings.refuse(Reason::path_length, depth,
                            findings.name(depth) + " allows " + std::to_string(limit) +
                                " intermediates below it and has " + std::to_string(below));
        }
        if (!path[i]->is_self_issued()) ++below;
    }
}

/// The bound of the request. RFC 5280 section 6.1 knows none, but whoever builds paths needs one; self-issued
/// certificates are not counted, as in its section 4.2.1.9.
void intermediates_are_not_too_many(const CertificatePath& path, int max_depth, PathFindings& findings) {
    int intermediates = 0;
    for (std::size_t i = 1; i + 1 < path.size(); ++i) {
        if (!path[i]->is_self_issued()) ++intermediates;
    }
    if (intermediates <= max_depth) return;
    findings.refuse(Reason::max_depth, static_cast<int>(path.size()) - 1,
                    "the path has " + std::to_string(intermediates) + " intermediates; " +
                        std::to_string(max_depth) + " are allowed");
}

}  // namespace

void judge_issuer(const Certificate& issuer, int depth, bool is_anchor, Purpose purpose,
                  PathFindings& findings) {
    issuer_is_a_ca(issuer, depth, is_anchor, findings);
    basic_constraints_are_critical(issuer, depth, findings);
    issuer_may_sign_certificates(issuer, depth, findings);
    subject_key_id_is_present(issuer, depth, findings);
    extended_key_usages_nest(issuer, depth, purpose, findings);
    if (is_anchor) {
        root_has_no_extended_key_usage(issuer, depth, findings);
        root_authority_key_id_is_its_own(issuer, depth, findings);
    }
}

void judge_chaining(const CertificatePath& path, int max_depth, PathFindings& findings) {
    names_chain(path, findings);
    key_ids_chain(path, findings);
    path_lengths_hold(path, findings);
    intermediates_are_not_too_many(path, max_depth, findings);
}

}  // namespace chainmend::certs
