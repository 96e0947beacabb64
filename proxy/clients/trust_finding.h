#pragma once

#include "proxy/clients/client_diagnosis.h"

namespace chainmend::proxy {

/// Whether a client trusts the proxy's CA.
Finding trust_finding(const ClientRule& rule, const ExpectedSettings& expected,
                      const ClientSettings& settings);

/// Whether `file` holds the certificate, as PEM, as DER, or in a PKCS#12 store that is not encrypted.
Result<bool> holds_certificate(const std::string& file, const certs::Certificate& certificate);

}  // namespace chainmend::proxy
