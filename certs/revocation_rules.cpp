#include "certs/revocation_rules.h"

#include <openssl/x509v3.h>

#include <algorithm>

#include "certs/crl_judgement.h"
#include "certs/ocsp_judgement.h"
#include "certs/x509_view.h"

namespace chainmend::certs {
namespace {

/// RFC 7633: status_request (5) or status_request_v2 (17) among the TLS features. What a CA promises it
/// promises for those below it; one that does not decode promises something.
bool promises_staple(const Certificate& certificate) {
    using Features = OpensslPtr<TLS_FEATURE, TLS_FEATURE_free>;
    const auto features = extension<Features>(certificate, NID_tlsfeature);
    for (int i = 0; i < sk_ASN1_INTEGER_num(features.get()); ++i) {
        const long feature = ASN1_INTEGER_get(sk_ASN1_INTEGER_value(features.get(), i));
        if (feature == 5 || feature == 17) return true;
    }
    return !features && has_extension(certificate, NID_tlsfeature);
}

/// RFC 9608: noRevAvail, in end entity certificates only.
bool has_no_revocation_information(const Certificate& certificate) {
    const OpensslPtr<ASN1_OBJECT, ASN1_OBJECT_free> oid(OBJ_txt2obj("2.5.29.56", 1));
    return oid && !certificate.is_ca() && X509_get_ext_by_OBJ(certificate.x509(), oid.get(), -1) >= 0;
}

RevocationFinding judge_staple(const CertificatePath& path, const VerifyRequest& request) {
    RevocationFinding finding;
    if (path.size() > 1)
        finding = judge_ocsp(*request.staple, {path[0], path[1], request.at, request.profile});
    else
        finding.detail = "without an issuer the OCSP response can not be judged";
    finding.source = RevocationSource::staple;
    return finding;
}

/// What was heard first of a certificate stays, unless it knew nothing. That it is revoked counts whoever
/// else says that it is good: a response may be some days older than a list.
void take(std::vector<RevocationFinding>& findings, RevocationFinding finding) {
    RevocationFinding& known = findings[static_cast<std::size_t>(finding.depth)];
    if (!known.is_known() || finding.status == RevocationStatus::revoked) known = std::move(finding);
}

Failure staple_failure(const CertificatePath& path, const RevocationAccount& account,
                       const RevocationDemand& demand) {
    const RevocationFinding& first = account.findings.front();
    const bool is_good = first.source == RevocationSource::staple && first.is_known();
    if (!account.staple_required || !demand.staple || is_good) return {};
    return {Reason::staple_required, 0,
            path[0]->display_name() + " must come with a stapled OCSP response, and " +
                (account.staple_detail.empty() ? "none came"
                                               : "the one that came is no use: " + account.staple_detail)};
}

}  // namespace

RevocationAccount account_at_hand(const CertificatePath& path, const VerifyRequest& request) {
    RevocationAccount account;
    account.staple_required = std::any_of(
        path.begin(), path.end(), [](const auto& certificate) { return promises_staple(*certificate); });
    auto& findings = account.findings;
    findings.resize(std::max<std::size_t>(1, path.size() - 1));
    for (std::size_t depth = 0; depth < findings.size(); ++depth)
        findings[depth].depth = static_cast<int>(depth);
    if (request.staple) {
        take(findings, judge_staple(path, request));
        account.staple_detail = findings[0].detail;
    }
    if (has_no_revocation_information(*path[0])) {
        RevocationFinding exempt;
        exempt.status = RevocationStatus::good;
        exempt.source = RevocationSource::exempt;
        take(findings, std::move(exempt));
    }
    if (request.crls.empty()) return account;
    for (RevocationFinding& listed : judge_crls(path, request))
        take(findings, std::move(listed));
    return account;
}

Failure revocation_failure(const CertificatePath& path, const RevocationAccount& account,
                           const RevocationDemand& demand) {
    if (demand.mode == RevocationMode::off || account.findings.empty()) return {};
    const auto name = [&](const RevocationFinding& one) {
        return path[static_cast<std::size_t>(one.depth)]->display_name();
    };
    for (const RevocationFinding& one : account.findings) {
        if (one.status == RevocationStatus::revoked)
            return {Reason::revoked, one.depth, name(one) + ": " + one.detail};
    }
    if (auto failure = staple_failure(path, account, demand); failure.reason != Reason::ok) return failure;
    for (const RevocationFinding& one : account.findings) {
        if (one.is_known() || demand.mode != RevocationMode::hard) continue;
        if (demand.end_entity_only && one.depth > 0) continue;
        return {Reason::revocation_unknown, one.depth,
                "nobody could tell whether " + name(one) +
                    " is revoked: " + (one.detail.empty() ? "nobody was asked" : one.detail)};
    }
    return {};
}

void judge_given_revocation(const CertificatePath& path, const VerifyRequest& request,
                            PathFindings& findings) {
    const RevocationAccount account = account_at_hand(path, request);
    // RFC 7633 section 4.2.3.1: a server that lacks the staple its certificate promises is not to be trusted.
    if (account.staple_required && !request.staple) {
        findings.warn(to_string(Reason::staple_required), 0,
                      findings.name(0) + " demands a stapled OCSP response, and there is none");
    }
    // What is trusted itself nobody could have revoked.
    if (path.size() < 2 || (request.crls.empty() && !request.staple)) return;
    auto failure = revocation_failure(
        path, account, {RevocationMode::hard, request.crls.empty(), request.staple != nullptr});
    if (failure.reason != Reason::ok)
        findings.refuse(failure.reason, failure.depth, std::move(failure.detail));
}

}  // namespace chainmend::certs
