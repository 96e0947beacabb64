#pragma once

#include <memory>
#include <string>
#include <vector>

#include "certs/certificate.h"
#include "certs/private_key.h"

namespace chainmend::certs {

/// What a TLS client shows to a server that asks for a certificate: the certificate, its key, and the
/// certificates between it and its root.
struct ClientCredentials {
    CertificatePtr certificate;
    PrivateKeyPtr key;
    std::vector<CertificatePtr> chain;
};
using ClientCredentialsPtr = std::shared_ptr<const ClientCredentials>;

/// Reads them from PEM (certificate, key and chain in any order, the certificate that belongs to the key is
/// the client's) or from PKCS#12, told apart by content. `password` opens a PKCS#12 file; keys in PEM are not
/// encrypted. ErrorCode::malformed with the reason: no key, no certificate for it, a wrong password.
Result<ClientCredentialsPtr> read_client_credentials(ByteView bytes, const std::string& password);

}  // namespace chainmend::certs
