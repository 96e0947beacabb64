// The older key interface is what this file is about; OpenSSL 4 may do without it, and then so does this
// file.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "certs/mint_key.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/rsa.h>

namespace chainmend::certs {
namespace {

/// The same key in OpenSSL 1.1's form, or `key` itself where that can not be had.
PrivateKeyPtr in_older_form(const PrivateKeyPtr& key, KeyType type) {
    EVP_PKEY* older = EVP_PKEY_new();
    bool good = false;
    if (type == KeyType::rsa2048) {
        RSA* rsa = EVP_PKEY_get1_RSA(key->evp_pkey());
        good = older != nullptr && rsa != nullptr && EVP_PKEY_set1_RSA(older, rsa) == 1;
        RSA_free(rsa);
    } else {
        EC_KEY* ec = EVP_PKEY_get1_EC_KEY(key->evp_pkey());
        good = older != nullptr && ec != nullptr && EVP_PKEY_set1_EC_KEY(older, ec) == 1;
        EC_KEY_free(ec);
    }
    if (good) return PrivateKey::adopt(older);
    EVP_PKEY_free(older);
    return key;
}

}  // namespace

MintKey::MintKey(PrivateKeyPtr key)
    : key_(std::move(key)),
      subject_key_id_(NID_subject_key_identifier, false, key_id_value(subject_key_id_of(*key_))) {}

Result<MintKeyPtr> MintKey::make(KeyType type) {
    const auto key = PrivateKey::make(type);
    if (!key) return key.error();
    return std::make_shared<const MintKey>(in_older_form(*key, type));
}

}  // namespace chainmend::certs
