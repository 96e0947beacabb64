#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "certs/certificate.h"

namespace chainmend::certs {

enum class CertificateFormat { pem, der, pkcs7 };
const char* to_string(CertificateFormat format);

/// What a blob of bytes that should hold certificates holds.
struct CertificateFile {
    CertificateFormat format = CertificateFormat::pem;
    std::vector<CertificatePtr> certificates;  ///< in the order they stand there
    /// One line for each block that could not be read: where it stands ("block 3, line 61") and why. The
    /// others are kept.
    std::vector<std::string> problems;
};

/// Reads certificates from `bytes`, told apart by content, never by a name or a content type: PEM (any text
/// around and between blocks, CRLF, "TRUSTED CERTIFICATE" and "X509 CERTIFICATE" labels, "PKCS7" blocks),
/// DER, or PKCS#7 in DER (certs-only SignedData). Keys and other PEM blocks are passed over.
/// ErrorCode::malformed when nothing in it is a certificate, with the most telling reason (empty, HTML, gzip,
/// a PEM block that does not decode, ...).
///
/// Of a file with more than `max_certificates` the first are read and the rest is a problem: decoding costs
/// some 100 us each, and a file of 16 MiB can hold 50,000.
Result<CertificateFile> read_certificates(ByteView bytes, std::size_t max_certificates = SIZE_MAX);

}  // namespace chainmend::certs
