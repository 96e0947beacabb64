#include "certs/signing_request.h"

#include <openssl/pem.h>

#include "certs/ca_extensions.h"
#include "certs/openssl_error.h"
#include "certs/openssl_ptr.h"

namespace chainmend::certs {
namespace {

using RequestPtr = OpensslPtr<X509_REQ, X509_REQ_free>;

constexpr std::size_t longest_common_name = 64;  // RFC 5280 appendix A.1

void free_extensions(STACK_OF(X509_EXTENSION) * extensions) {
    sk_X509_EXTENSION_free(extensions);  // the stack alone: its members belong to others
}
using ExtensionsPtr = OpensslPtr<STACK_OF(X509_EXTENSION), free_extensions>;

bool add_extensions(X509_REQ* request, const PrivateKey& key) {
    const Extension basic_constraints(NID_basic_constraints, true, ca_without_intermediates);
    const Extension key_usage(NID_key_usage, true, key_cert_sign_and_crl_sign);
    const Extension key_id(NID_subject_key_identifier, false, key_id_value(subject_key_id_of(key)));
    const ExtensionsPtr extensions(sk_X509_EXTENSION_new_null());
    if (!extensions) return false;
    for (const Extension* extension : {&basic_constraints, &key_usage, &key_id}) {
        if (extension->x509_extension() == nullptr ||
            sk_X509_EXTENSION_push(extensions.get(), extension->x509_extension()) <= 0) {
            return false;
        }
    }
    return X509_REQ_add_extensions(request, extensions.get()) == 1;
}

bool set_subject(X509_REQ* request, std::string_view common_name) {
    return X509_NAME_add_entry_by_NID(X509_REQ_get_subject_name(request), NID_commonName, MBSTRING_UTF8,
                                      as_bytes(common_name).data(), static_cast<int>(common_name.size()), -1,
                                      0) == 1;
}

}  // namespace

Result<std::string> signing_request_pem(const PrivateKey& key, std::string_view common_name) {
    if (common_name.empty() || common_name.size() > longest_common_name) {
        return Error{ErrorCode::invalid_argument, "the CA's name must have 1 to 64 characters"};
    }
    const RequestPtr request(X509_REQ_new());
    const BioPtr bio(BIO_new(BIO_s_mem()));
    const bool good = request && bio && X509_REQ_set_version(request.get(), X509_REQ_VERSION_1) == 1 &&
                      set_subject(request.get(), common_name) &&
                      X509_REQ_set_pubkey(request.get(), key.evp_pkey()) == 1 &&
                      add_extensions(request.get(), key) &&
                      X509_REQ_sign(request.get(), key.evp_pkey(), EVP_sha256()) > 0 &&
                      PEM_write_bio_X509_REQ(bio.get(), request.get()) == 1;
    if (!good) {
        return Error{ErrorCode::signing_ca,
                     "the request could not be written and signed: " + take_openssl_error()};
    }
    char* text = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &text);
    return std::string(text, static_cast<std::size_t>(size));
}

}  // namespace chainmend::certs
