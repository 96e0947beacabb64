#pragma once

#include <memory>

#include "certs/certificate_draft.h"
#include "certs/private_key.h"

namespace chainmend::certs {

class MintKey;
using MintKeyPtr = std::shared_ptr<const MintKey>;

/// A key that many minted certificates share, with its subjectKeyIdentifier extension encoded once.
///
/// OpenSSL 3.0 spends 376 us on putting an ordinary key into a certificate (it encodes the key and decodes it
/// again with machinery set up anew each time), and 5 to 11 us when the key is held in OpenSSL 1.1's form. So
/// that is the form here: it made minting and handing over to a session 158 us instead of 580. Signing takes
/// the same time in both.
class MintKey {
  public:
    /// RSA-2048 takes about 155 ms.
    static Result<MintKeyPtr> make(KeyType type);
    explicit MintKey(PrivateKeyPtr key);

    const PrivateKeyPtr& key() const { return key_; }
    const Extension& subject_key_id() const { return subject_key_id_; }

  private:
    PrivateKeyPtr key_;
    Extension subject_key_id_;
};

}  // namespace chainmend::certs
