#pragma once

#include <string>
#include <vector>

#include "certs/certificate.h"

namespace chainmend::certs {

/// A PKCS#12 file (RFC 7292) that holds certificates and no key, which Java reads as a trust store: each is
/// marked with Oracle's trusted key usage attribute (2.16.840.1.113894.746875.1.1 = anyExtendedKeyUsage),
/// without which Java passes over certificates that have no key. Each gets a name of its own, since Java
/// keeps only one of two with the same.
///
/// Certificates are public, so they are not encrypted; the password serves the integrity check that Java asks
/// for. That is HMAC-SHA-1, as RFC 7292 had it first: Java 8 before update 301 reads no other, and with a
/// password that everybody knows it protects against damage only.
Result<Bytes> pkcs12_trust_store(const std::vector<CertificatePtr>& certificates,
                                 const std::string& password);

/// What Java's own trust stores have.
inline constexpr const char* usual_trust_store_password = "changeit";

}  // namespace chainmend::certs
