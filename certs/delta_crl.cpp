#include "certs/delta_crl.h"

#include <openssl/err.h>

#include <algorithm>
#include <utility>

#include "certs/x509_view.h"

namespace chainmend::certs {
namespace {

using OwnedNumber = OpensslPtr<ASN1_INTEGER, ASN1_INTEGER_free>;

OwnedNumber crl_number(const Crl& crl) {
    OwnedNumber number(
        static_cast<ASN1_INTEGER*>(X509_CRL_get_ext_d2i(crl.x509_crl(), NID_crl_number, nullptr, nullptr)));
    ERR_clear_error();
    return number;
}

bool has_unknown_critical_extension(const X509_CRL* crl) {
    for (int i = 0; i < X509_CRL_get_ext_count(crl); ++i) {
        X509_EXTENSION* extension = X509_CRL_get_ext(crl, i);
        const int kind = OBJ_obj2nid(X509_EXTENSION_get_object(extension));
        const bool is_known = kind == NID_delta_crl || kind == NID_issuing_distribution_point ||
                              kind == NID_authority_key_identifier;
        if (X509_EXTENSION_get_critical(extension) != 0 && !is_known) return true;
    }
    return false;
}

bool is_timely(const Crl& crl, Time at) {
    return crl.this_update() && *crl.this_update() <= at && (!crl.next_update() || at <= *crl.next_update());
}

bool is_signed_by(X509_CRL* crl, const Certificate& issuer) {
    const bool is_named = X509_NAME_cmp(X509_CRL_get_issuer(crl), X509_get_subject_name(issuer.x509())) == 0;
    const bool is_genuine = is_named && X509_CRL_verify(crl, X509_get0_pubkey(issuer.x509())) == 1;
    ERR_clear_error();
    return is_genuine;
}

}  // namespace

bool is_delta(const Crl& crl) {
    return X509_CRL_get_ext_by_NID(crl.x509_crl(), NID_delta_crl, -1) >= 0;
}

std::vector<GivenCrl> newest_first(std::vector<GivenCrl> lists) {
    std::vector<std::pair<OwnedNumber, GivenCrl>> numbered;
    for (GivenCrl& list : lists) {
        auto number = crl_number(*list.crl);
        numbered.emplace_back(std::move(number), std::move(list));
    }
    std::stable_sort(numbered.begin(), numbered.end(), [](const auto& a, const auto& b) {
        if (!a.first || !b.first) return a.first != nullptr && b.first == nullptr;
        return ASN1_INTEGER_cmp(a.first.get(), b.first.get()) > 0;
    });
    lists.clear();
    for (auto& [number, list] : numbered)
        lists.push_back(std::move(list));
    return lists;
}

DeltaWord word_of(const Crl& delta, const Certificate& certificate, const Certificate& issuer, Time at) {
    X509_REVOKED* entry = nullptr;
    // 2: it is removed from the list.
    if (X509_CRL_get0_by_serial(delta.x509_crl(), &entry, X509_get0_serialNumber(certificate.x509())) != 1)
        return DeltaWord::nothing;
    if (!is_timely(delta, at) || !is_signed_by(delta.x509_crl(), issuer)) return DeltaWord::nothing;
    return has_unknown_critical_extension(delta.x509_crl()) ? DeltaWord::not_understood : DeltaWord::revoked;
}

}  // namespace chainmend::certs
