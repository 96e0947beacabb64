#include "certs/distrust.h"

#include <openssl/x509.h>

namespace chainmend::certs {
namespace {

Bytes name_der(const X509_NAME* name) {
    const unsigned char* der = nullptr;
    std::size_t size = 0;
    // libcrypto caches the encoding inside the name; decoding the certificate has made it already.
    if (X509_NAME_get0_der(name, &der, &size) != 1) return {};
    return {der, der + size};
}

/// The content octets as DER has them. libcrypto keeps the magnitude only, so what it left out is put back:
/// the zero octet in front of a magnitude whose top bit is set. Negative serial numbers are refused
/// elsewhere.
Bytes serial_octets(const ASN1_INTEGER* serial) {
    const unsigned char* data = ASN1_STRING_get0_data(serial);
    Bytes octets(data, data + ASN1_STRING_length(serial));
    if (octets.empty() || (octets.front() & 0x80) != 0) octets.insert(octets.begin(), 0);
    return octets;
}

}  // namespace

void DistrustList::merge(const DistrustList& other) {
    fingerprints.insert(other.fingerprints.begin(), other.fingerprints.end());
    issuer_and_serial.insert(other.issuer_and_serial.begin(), other.issuer_and_serial.end());
    subject_and_key.insert(other.subject_and_key.begin(), other.subject_and_key.end());
    own_cas.insert(other.own_cas.begin(), other.own_cas.end());
}

bool Distrust::covers(const Certificate& certificate) const {
    if (list_.fingerprints.contains(certificate.sha256()) ||
        list_.fingerprints.contains(certificate.spki_sha256()) || is_own_ca(certificate)) {
        return true;
    }
    const X509* x509 = certificate.x509();
    if (!list_.issuer_and_serial.empty() &&
        list_.issuer_and_serial.contains(
            {name_der(X509_get_issuer_name(x509)), serial_octets(X509_get0_serialNumber(x509))})) {
        return true;
    }
    return !list_.subject_and_key.empty() &&
           list_.subject_and_key.contains({name_der(X509_get_subject_name(x509)), certificate.spki_sha256()});
}

}  // namespace chainmend::certs
