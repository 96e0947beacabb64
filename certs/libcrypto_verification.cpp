#include "certs/libcrypto_verification.h"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <array>

#include "certs/crl_rules.h"
#include "certs/x509_view.h"

namespace chainmend::certs {
namespace {

void sk_X509_free_borrowed(STACK_OF(X509) * certificates) {
    sk_X509_free(certificates);
}

void sk_X509_CRL_free_borrowed(STACK_OF(X509_CRL) * crls) {
    sk_X509_CRL_free(crls);
}

/// What is found about revocation on the way.
struct CrlRun {
    const std::vector<CrlPtr>& lists;
    CrlIssuers issuers;
    X509_STORE_CTX_cert_crl_fn look_up;  ///< libcrypto's own
    std::vector<CrlJudgement> found;     ///< by depth
};

/// What the callbacks need to know. libcrypto hands it back through the context's application data.
struct Run {
    const CertificatePath& path;
    CrlRun* crls;  ///< null: revocation is not looked at
};

const Run* run_of(const X509_STORE_CTX* context) {
    return static_cast<const Run*>(X509_STORE_CTX_get_app_data(const_cast<X509_STORE_CTX*>(context)));
}

int position(const Run& run, const X509* certificate) {
    for (std::size_t i = 0; i < run.path.size(); ++i) {
        if (run.path[i]->x509() == certificate) return static_cast<int>(i);
    }
    return -1;
}

X509* anchor_of(const Run& run) {
    return run.path.back()->x509();
}

/// The next certificate of the path is the issuer, and no other. The path to a CRL's own issuer (a context
/// without a run) is not pinned: any certificate of the path may be on it.
int is_pinned_issuer(X509_STORE_CTX* context, X509* certificate, X509* issuer) {
    const Run* run = run_of(context);
    if (run == nullptr) return X509_check_issued(issuer, certificate) == X509_V_OK ? 1 : 0;
    const int at = position(*run, certificate);
    if (at < 0) return 0;
    if (certificate == issuer) return run->path[static_cast<std::size_t>(at)]->is_self_signed() ? 1 : 0;
    return position(*run, issuer) == at + 1 ? 1 : 0;
}

/// Trusted issuers: the anchor, for the certificate below it and for itself.
int find_anchor(X509** issuer, X509_STORE_CTX* context, X509* certificate) {
    const Run* run = run_of(context);
    if (run == nullptr) return X509_STORE_CTX_get1_issuer(issuer, context, certificate);
    const int at = position(*run, certificate);
    const int last = static_cast<int>(run->path.size()) - 1;
    const bool issues = at == last - 1 || (at == last && run->path.back()->is_self_signed());
    if (at < 0 || !issues) return 0;
    *issuer = anchor_of(*run);
    return X509_up_ref(*issuer);
}

/// Errors that our own rules decide instead (validity: times_are_within_validity; names:
/// judge_name_constraints).
constexpr std::array overruled = {X509_V_ERR_CERT_NOT_YET_VALID,
                                  X509_V_ERR_CERT_HAS_EXPIRED,
                                  X509_V_ERR_PERMITTED_VIOLATION,
                                  X509_V_ERR_EXCLUDED_VIOLATION,
                                  X509_V_ERR_SUBTREE_MINMAX,
                                  X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE,
                                  X509_V_ERR_UNSUPPORTED_CONSTRAINT_SYNTAX,
                                  X509_V_ERR_UNSUPPORTED_NAME_SYNTAX};

bool is_overruled(int error) {
    return std::find(overruled.begin(), overruled.end(), error) != overruled.end();
}

struct Meaning {
    int error;
    Reason reason;
    const char* text;  ///< nullptr: libcrypto's own
};

/// What libcrypto's errors are called here. What is not in it is a defect of form (times, extensions, keys
/// that do not decode) and means malformed_certificate.
constexpr std::array meanings = {
    Meaning{X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, Reason::issuer_not_found, nullptr},
    Meaning{X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, Reason::issuer_not_found,
            "its issuer did not issue it"},
    Meaning{X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, Reason::issuer_not_found, nullptr},
    Meaning{X509_V_ERR_SUBJECT_ISSUER_MISMATCH, Reason::issuer_not_found, nullptr},
    Meaning{X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, Reason::untrusted_root,
            "it is self-signed and not trusted"},
    Meaning{X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, Reason::untrusted_root, "its root is not trusted"},
    Meaning{X509_V_ERR_CERT_UNTRUSTED, Reason::untrusted_root, "it is not trusted"},
    Meaning{X509_V_ERR_CERT_REJECTED, Reason::untrusted_root, "it is marked as rejected"},
    Meaning{X509_V_ERR_CERT_SIGNATURE_FAILURE, Reason::bad_signature,
            "its signature does not verify with the key of its issuer"},
    Meaning{X509_V_ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE, Reason::bad_signature, nullptr},
    Meaning{X509_V_ERR_UNSUPPORTED_SIGNATURE_ALGORITHM, Reason::weak_signature, nullptr},
    Meaning{X509_V_ERR_CA_MD_TOO_WEAK, Reason::weak_signature, nullptr},
    Meaning{X509_V_ERR_EE_KEY_TOO_SMALL, Reason::weak_key, nullptr},
    Meaning{X509_V_ERR_CA_KEY_TOO_SMALL, Reason::weak_key, nullptr},
    Meaning{X509_V_ERR_EC_KEY_EXPLICIT_PARAMS, Reason::weak_key, nullptr},
    Meaning{X509_V_ERR_INVALID_CA, Reason::not_a_ca, "it is not a CA and can not issue certificates"},
    Meaning{X509_V_ERR_INVALID_NON_CA, Reason::not_a_ca, nullptr},
    Meaning{X509_V_ERR_PATH_LENGTH_EXCEEDED, Reason::path_length,
            "there are more intermediates below it than it allows"},
    Meaning{X509_V_ERR_CERT_CHAIN_TOO_LONG, Reason::max_depth, nullptr},
    Meaning{X509_V_ERR_INVALID_PURPOSE, Reason::bad_eku, nullptr},
    Meaning{X509_V_ERR_KEYUSAGE_NO_CERTSIGN, Reason::bad_key_usage,
            "it may not sign certificates (key usage)"},
    Meaning{X509_V_ERR_KEYUSAGE_NO_DIGITAL_SIGNATURE, Reason::bad_key_usage, nullptr},
    Meaning{X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION, Reason::unknown_critical_extension,
            "it has a critical extension that is unknown"},
    Meaning{X509_V_ERR_NO_EXPLICIT_POLICY, Reason::policy,
            "a CA demands a certificate policy that does not hold along the path"},
    Meaning{X509_V_ERR_INVALID_POLICY_EXTENSION, Reason::policy, "its certificate policies are inconsistent"},
    Meaning{X509_V_ERR_CERT_REVOKED, Reason::revoked, "its issuer has revoked it"},
    Meaning{X509_V_ERR_UNABLE_TO_GET_CRL, Reason::revocation_unknown, "no usable revocation list covers it"},
    Meaning{X509_V_ERR_UNABLE_TO_DECRYPT_CRL_SIGNATURE, Reason::revocation_unknown, nullptr},
    Meaning{X509_V_ERR_CRL_SIGNATURE_FAILURE, Reason::revocation_unknown,
            "the signature of its revocation list does not verify"},
    Meaning{X509_V_ERR_CRL_NOT_YET_VALID, Reason::revocation_unknown,
            "its revocation list is from the future"},
    Meaning{X509_V_ERR_CRL_HAS_EXPIRED, Reason::revocation_unknown, "its revocation list is out of date"},
    Meaning{X509_V_ERR_ERROR_IN_CRL_LAST_UPDATE_FIELD, Reason::revocation_unknown, nullptr},
    Meaning{X509_V_ERR_ERROR_IN_CRL_NEXT_UPDATE_FIELD, Reason::revocation_unknown, nullptr},
    Meaning{X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER, Reason::revocation_unknown,
            "the issuer of its revocation list is unknown"},
    Meaning{X509_V_ERR_KEYUSAGE_NO_CRL_SIGN, Reason::revocation_unknown,
            "its issuer may not sign revocation lists (key usage)"},
    Meaning{X509_V_ERR_UNHANDLED_CRITICAL_CRL_EXTENSION, Reason::revocation_unknown,
            "its revocation list has a critical extension that is unknown"},
    Meaning{X509_V_ERR_DIFFERENT_CRL_SCOPE, Reason::revocation_unknown,
            "its revocation list is for other certificates"},
    Meaning{X509_V_ERR_CRL_PATH_VALIDATION_ERROR, Reason::revocation_unknown,
            "the issuer of its revocation list can not be verified"},
};

Meaning meaning_of(int error) {
    for (const auto& meaning : meanings) {
        if (meaning.error == error) return meaning;
    }
    return {error, Reason::malformed_certificate, nullptr};
}

bool is_about_revocation(int error) {
    const Reason reason = meaning_of(error).reason;
    return reason == Reason::revoked || reason == Reason::revocation_unknown;
}

/// What was reported for a certificate of the path, first things first: what follows a defect was looked up
/// in a list that is no use. What is wrong with the path itself was judged before.
void note(CrlRun& crls, int error, int depth) {
    const bool is_below_anchor = depth >= 0 && static_cast<std::size_t>(depth) < crls.found.size();
    if (!is_below_anchor || !is_about_revocation(error)) return;
    CrlJudgement& judgement = crls.found[static_cast<std::size_t>(depth)];
    if (!judgement.detail.empty()) return;
    const Meaning meaning = meaning_of(error);
    judgement.reason = meaning.reason;
    judgement.detail = meaning.text == nullptr ? X509_verify_cert_error_string(error) : meaning.text;
}

/// On the path of a list's own issuer nothing may be wrong. Whether those of its certificates are revoked
/// that are on our path too is judged with it, and nobody above the anchor could have revoked that.
bool is_tolerated(const Run& run, const X509_STORE_CTX* context, int error, int depth) {
    if (run.crls == nullptr || meaning_of(error).reason != Reason::revocation_unknown) return false;
    const bool is_anchor = depth == sk_X509_num(X509_STORE_CTX_get0_chain(context)) - 1;
    return is_anchor || run.crls->issuers == CrlIssuers::unchecked ||
           position(run, X509_STORE_CTX_get_current_cert(context)) >= 0;
}

int on_step(int ok, X509_STORE_CTX* context) {
    if (ok == 1) return 1;
    const int error = X509_STORE_CTX_get_error(context);
    const int depth = X509_STORE_CTX_get_error_depth(context);
    const X509_STORE_CTX* of_our_path = X509_STORE_CTX_get0_parent_ctx(context);
    if (const Run* run = run_of(context)) {
        if (run->crls == nullptr && !is_overruled(error)) return 0;
        if (run->crls != nullptr) note(*run->crls, error, depth);
    } else if (of_our_path == nullptr || !is_tolerated(*run_of(of_our_path), context, error, depth)) {
        return 0;
    }
    X509_STORE_CTX_set_error(context, X509_V_OK);
    return 1;
}

/// A certificate is looked up in a list, or in a delta to it.
int on_look_up(X509_STORE_CTX* context, X509_CRL* list, X509* certificate) {
    const Run* run = run_of(context);
    const X509_STORE_CTX* of_our_path = X509_STORE_CTX_get0_parent_ctx(context);
    CrlRun& crls = *(run != nullptr ? run : run_of(of_our_path))->crls;
    const int depth = run != nullptr ? position(*run, certificate) : -1;
    for (std::size_t i = 0; depth >= 0 && i < crls.lists.size(); ++i) {
        if (crls.lists[i]->x509_crl() == list && static_cast<std::size_t>(depth) < crls.found.size())
            crls.found[static_cast<std::size_t>(depth)].lists.push_back(i);
    }
    return crls.look_up(context, list, certificate);
}

X509_STORE_CTX_cert_crl_fn own_look_up(X509_STORE* store) {
    const OpensslPtr<X509_STORE_CTX, X509_STORE_CTX_free> context(X509_STORE_CTX_new());
    if (!context || X509_STORE_CTX_init(context.get(), store, nullptr, nullptr) != 1) return nullptr;
    return X509_STORE_CTX_get_cert_crl(context.get());
}

/// The built chain is our path, certificate by certificate.
bool built_our_path(const X509_STORE_CTX* context, const CertificatePath& path) {
    const STACK_OF(X509)* chain = X509_STORE_CTX_get0_chain(context);
    if (sk_X509_num(chain) != static_cast<int>(path.size())) return false;
    for (std::size_t i = 0; i < path.size(); ++i) {
        if (sk_X509_value(chain, static_cast<int>(i)) != path[i]->x509()) return false;
    }
    return true;
}

/// PARTIAL_CHAIN: an anchor need not be self-signed (RFC 5280 section 6.1.1(d)).
constexpr unsigned long path_flags = X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_TRUSTED_FIRST;
/// All, so that the issuers of lists are looked up too.
constexpr unsigned long crl_flags = path_flags | X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL |
                                    X509_V_FLAG_EXTENDED_CRL_SUPPORT | X509_V_FLAG_USE_DELTAS;

void report(const X509_STORE_CTX* context, PathFindings& findings, int last) {
    const int error = X509_STORE_CTX_get_error(context);
    const int depth = std::clamp(X509_STORE_CTX_get_error_depth(context), 0, last);
    const Meaning meaning = meaning_of(error);
    // An error code is missing only when memory was short or an argument wrong: refuse all the same.
    const char* text = error == X509_V_OK        ? "verification could not be completed"
                       : meaning.text == nullptr ? X509_verify_cert_error_string(error)
                                                 : meaning.text;
    findings.refuse_whatever_is_forgiven(meaning.reason, depth, findings.name(depth) + ": " + text);
}

void run_libcrypto(Run& run, const VerifyRequest& request, unsigned long flags, PathFindings& findings) {
    const CertificatePath& path = run.path;
    const OpensslPtr<X509_STORE, X509_STORE_free> store(X509_STORE_new());
    const OpensslPtr<X509_STORE_CTX, X509_STORE_CTX_free> context(X509_STORE_CTX_new());
    const OpensslPtr<STACK_OF(X509), sk_X509_free_borrowed> untrusted(sk_X509_new_null());
    const OpensslPtr<STACK_OF(X509_CRL), sk_X509_CRL_free_borrowed> crls(sk_X509_CRL_new_null());
    const int last = static_cast<int>(path.size()) - 1;
    bool ready =
        store && context && untrusted && crls && X509_STORE_add_cert(store.get(), anchor_of(run)) == 1;
    for (int i = 1; ready && i < last; ++i)
        ready = sk_X509_push(untrusted.get(), path[static_cast<std::size_t>(i)]->x509()) > 0;
    if (ready && run.crls != nullptr) {
        run.crls->look_up = own_look_up(store.get());
        X509_STORE_set_cert_crl(store.get(), on_look_up);
        ready = run.crls->look_up != nullptr;
        // More issuers for the path of a CRL that the certificate's own issuer has not signed. The path
        // itself is pinned.
        for (const auto& issuer : request.crl_issuers)
            ready = ready && sk_X509_push(untrusted.get(), issuer->x509()) > 0;
        for (const auto& list : run.crls->lists)
            ready = ready && sk_X509_CRL_push(crls.get(), list->x509_crl()) > 0;
    }
    if (ready) {
        X509_STORE_set_check_issued(store.get(), is_pinned_issuer);
        X509_STORE_set_get_issuer(store.get(), find_anchor);
        X509_STORE_set_verify_cb(store.get(), on_step);
        ready = X509_STORE_CTX_init(context.get(), store.get(), path.front()->x509(), untrusted.get()) == 1 &&
                X509_STORE_CTX_set_app_data(context.get(), &run) == 1;
    }
    if (!ready) {
        ERR_clear_error();
        findings.refuse_whatever_is_forgiven(Reason::malformed_certificate, 0,
                                             "verification could not be set up");
        return;
    }
    X509_VERIFY_PARAM* parameters = X509_STORE_CTX_get0_param(context.get());
    X509_VERIFY_PARAM_set_time(parameters, request.at.time_since_epoch().count());
    X509_VERIFY_PARAM_set_flags(parameters, flags);
    // Our path is bounded by being what it is; the one of a CRL's own issuer may be as long as any.
    X509_VERIFY_PARAM_set_depth(parameters, std::max(last, request.max_depth) + 1);
    // Not by way of the store, which would find only the lists that the certificate's own issuer has signed:
    // an indirect list has another issuer (RFC 5280 section 5).
    X509_STORE_CTX_set0_crls(context.get(), crls.get());
    // Initial policy set "any" (RFC 5280 section 6.1.1(c)). Without it libcrypto takes the set for empty, and
    // whoever demands an explicit policy is never satisfied.
    X509_VERIFY_PARAM_add0_policy(parameters, OBJ_nid2obj(NID_any_policy));
    const bool good = X509_verify_cert(context.get()) == 1;
    if (!good)
        report(context.get(), findings, last);
    else if (!built_our_path(context.get(), path)) {
        findings.refuse_whatever_is_forgiven(Reason::issuer_not_found, 0,
                                             "libcrypto verified another path than this one");
    }
    ERR_clear_error();  // what was reported is in the findings; nothing may leak into a later TLS call
}

}  // namespace

void judge_with_libcrypto(const CertificatePath& path, const VerifyRequest& request, PathFindings& findings) {
    Run run{path, nullptr};
    // POLICY_CHECK is bounded by libcrypto since 3.0.9 (1,000 nodes, CVE-2023-0464).
    run_libcrypto(run, request, path_flags | X509_V_FLAG_POLICY_CHECK, findings);
}

std::vector<CrlJudgement> judge_crls_with_libcrypto(const CertificatePath& path,
                                                    const std::vector<CrlPtr>& lists,
                                                    const VerifyRequest& request, CrlIssuers issuers) {
    CrlRun crls{lists, issuers, nullptr, std::vector<CrlJudgement>(path.empty() ? 0 : path.size() - 1)};
    if (crls.found.empty()) return {};
    Run run{path, &crls};
    PathFindings findings(path, request.profile);
    run_libcrypto(run, request, crl_flags, findings);
    for (CrlJudgement& judgement : crls.found) {
        if (findings.refused()) {
            judgement = {Reason::revocation_unknown, findings.failure().detail};
        } else if (judgement.detail.empty() && !judgement.lists.empty()) {
            judgement.reason = Reason::ok;
        }
    }
    return std::move(crls.found);
}

}  // namespace chainmend::certs
