#include "certs/private_key.h"

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "certs/openssl_error.h"
#include "certs/openssl_ptr.h"

namespace chainmend::certs {
namespace {

/// libcrypto would ask on the terminal for the passphrase of an encrypted key: a daemon has nobody to answer.
int no_passphrase(char*, int, int, void*) {
    return 0;
}

}  // namespace

const char* to_string(KeyType type) {
    switch (type) {
        case KeyType::rsa2048:
            return "rsa2048";
        case KeyType::ecdsa_p256:
            return "ecdsa-p256";
    }
    return "";
}

Result<PrivateKeyPtr> PrivateKey::make(KeyType type) {
    EVP_PKEY* key = type == KeyType::rsa2048 ? EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{2048})
                                             : EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
    if (key == nullptr) {
        return Error{ErrorCode::environment,
                     std::string("can not make a key (") + to_string(type) + "): " + take_openssl_error()};
    }
    return PrivateKeyPtr(new PrivateKey(key));
}

Result<PrivateKeyPtr> PrivateKey::from_pem(ByteView pem) {
    const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    EVP_PKEY* key = bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr) : nullptr;
    if (key == nullptr) {
        return Error{ErrorCode::malformed, "no readable private key in PEM form (" + take_openssl_error() +
                                               "); encrypted keys are not read"};
    }
    return PrivateKeyPtr(new PrivateKey(key));
}

PrivateKey::~PrivateKey() {
    EVP_PKEY_free(key_);
}

Result<std::string> PrivateKey::pem() const {
    const BioPtr bio(BIO_new(BIO_s_secmem()));
    if (!bio || PEM_write_bio_PKCS8PrivateKey(bio.get(), key_, nullptr, nullptr, 0, nullptr, nullptr) != 1) {
        return Error{ErrorCode::environment, "can not write the private key as PEM: " + take_openssl_error()};
    }
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &data);
    return std::string(data, static_cast<std::size_t>(size));
}

}  // namespace chainmend::certs
