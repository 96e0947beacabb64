#pragma once

#include <memory>
#include <string>

#include "config/bytes.h"
#include "config/result.h"

typedef struct evp_pkey_st EVP_PKEY;  // libcrypto's

namespace chainmend::certs {

enum class KeyType { rsa2048, ecdsa_p256 };
const char* to_string(KeyType type);

class PrivateKey;
using PrivateKeyPtr = std::shared_ptr<const PrivateKey>;

/// A private key. Never copied, logged or printed; pem() is for the one place that writes it to its file.
class PrivateKey {
  public:
    /// RSA-2048 takes about 155 ms: make it at start, never on a loop.
    static Result<PrivateKeyPtr> make(KeyType type);
    static Result<PrivateKeyPtr> from_pem(ByteView pem);
    /// Takes over the caller's reference.
    static PrivateKeyPtr adopt(EVP_PKEY* key) { return PrivateKeyPtr(new PrivateKey(key)); }
    ~PrivateKey();
    PrivateKey(const PrivateKey&) = delete;
    PrivateKey& operator=(const PrivateKey&) = delete;

    EVP_PKEY* evp_pkey() const { return key_; }
    /// Unencrypted PKCS#8.
    Result<std::string> pem() const;

  private:
    explicit PrivateKey(EVP_PKEY* key) : key_(key) {}
    EVP_PKEY* key_;
};

}  // namespace chainmend::certs
