#include "certs/client_credentials.h"

#include <openssl/err.h>
#include <openssl/pkcs12.h>

#include <algorithm>

#include "certs/certificate_file.h"
#include "certs/openssl_error.h"
#include "certs/openssl_ptr.h"

namespace chainmend::certs {
namespace {

using Pkcs12Ptr = OpensslPtr<PKCS12, PKCS12_free>;

Error malformed(const std::string& what) {
    return {ErrorCode::malformed, what};
}

bool looks_like_pem(ByteView bytes) {
    return as_text(bytes).find("-----BEGIN ") != std::string_view::npos;
}

Result<ClientCredentialsPtr> from_pem(ByteView bytes) {
    auto key = PrivateKey::from_pem(bytes);
    if (!key) return key.error();
    auto file = read_certificates(bytes);
    if (!file) return file.error();
    auto credentials = std::make_shared<ClientCredentials>();
    credentials->key = *key;
    for (auto& certificate : file->certificates) {
        const bool its_own = X509_check_private_key(certificate->x509(), (*key)->evp_pkey()) == 1;
        if (its_own && !credentials->certificate) {
            credentials->certificate = std::move(certificate);
        } else {
            credentials->chain.push_back(std::move(certificate));
        }
    }
    ERR_clear_error();
    if (!credentials->certificate) return malformed("no certificate in it belongs to its key");
    return ClientCredentialsPtr(std::move(credentials));
}

Result<ClientCredentialsPtr> from_pkcs12(ByteView bytes, const std::string& password) {
    const unsigned char* at = bytes.data();
    const Pkcs12Ptr store(d2i_PKCS12(nullptr, &at, static_cast<long>(bytes.size())));
    if (!store) return malformed("neither PEM nor PKCS#12 (" + take_openssl_error() + ")");
    EVP_PKEY* key = nullptr;
    X509* certificate = nullptr;
    STACK_OF(X509)* others = nullptr;
    const int parsed = PKCS12_parse(store.get(), password.c_str(), &key, &certificate, &others);
    const X509Ptr owned(certificate);
    auto credentials = std::make_shared<ClientCredentials>();
    if (key) credentials->key = PrivateKey::adopt(key);
    if (certificate) credentials->certificate = Certificate::from_x509(certificate);
    for (int i = 0; i < sk_X509_num(others); ++i)
        credentials->chain.push_back(Certificate::from_x509(sk_X509_value(others, i)));
    sk_X509_pop_free(others, X509_free);
    if (parsed != 1) return malformed("PKCS#12 that can not be opened: " + take_openssl_error());
    if (!key || !certificate) return malformed("PKCS#12 without a key and its certificate");
    return ClientCredentialsPtr(std::move(credentials));
}

}  // namespace

Result<ClientCredentialsPtr> read_client_credentials(ByteView bytes, const std::string& password) {
    ERR_clear_error();
    auto read = looks_like_pem(bytes) ? from_pem(bytes) : from_pkcs12(bytes, password);
    ERR_clear_error();
    return read;
}

}  // namespace chainmend::certs
