#include "certs/issuer_judgements.h"

#include <openssl/x509.h>

#include "certs/partial_path.h"

namespace chainmend::certs {

IssuerJudgements::IssuerJudgements(CertificatePtr end_entity, const VerifyRequest& request)
    : end_entity_(std::move(end_entity)), request_(request) {}

const Failure& IssuerJudgements::of_intermediate(const CertificatePtr& issuer) {
    const auto known = failures_.find(issuer->sha256());
    if (known != failures_.end()) return known->second;
    Failure failure = judge_intermediate(issuer, request_).failure;
    if (failure.reason == Reason::ok) failure = constraint_on_end_entity(issuer);
    if (failure.reason == Reason::ok) sound_.push_back(issuer);
    return failures_.emplace(issuer->sha256(), std::move(failure)).first->second;
}

bool IssuerJudgements::is_bad_anchor(const CertificatePtr& issuer) const {
    return !judge_anchor(issuer, request_).ok() || constraint_on_end_entity(issuer).reason != Reason::ok;
}

Failure IssuerJudgements::constraint_on_end_entity(const CertificatePtr& issuer) const {
    if (X509_get_ext_by_NID(issuer->x509(), NID_name_constraints, -1) < 0) return {};
    return judge_constraints_so_far({end_entity_, issuer}, request_).failure;
}

}  // namespace chainmend::certs
