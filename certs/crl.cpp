#include "certs/crl.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include "certs/asn1_time.h"
#include "certs/x509_view.h"

namespace chainmend::certs {
namespace {

/// Revocation lists of public CAs reach some megabytes; the whole of what one call reads may be no larger.
constexpr std::size_t max_crl_bytes = 64U << 20U;

Error malformed(std::string message) {
    ERR_clear_error();
    return {ErrorCode::malformed, std::move(message)};
}

}  // namespace

Crl::Crl(X509_CRL* crl, std::size_t size)
    : crl_(crl),
      size_(size),
      this_update_(time_of(X509_CRL_get0_lastUpdate(crl))),
      next_update_(time_of(X509_CRL_get0_nextUpdate(crl))) {}

Crl::~Crl() {
    X509_CRL_free(crl_);
}

Bytes Crl::der() const {
    unsigned char* encoded = nullptr;
    const int size = i2d_X509_CRL(crl_, &encoded);
    if (size <= 0) return {};
    Bytes der(encoded, encoded + size);
    OPENSSL_free(encoded);
    return der;
}

Result<CrlPtr> Crl::from_der(ByteView der) {
    if (der.size() > max_crl_bytes) return malformed("the revocation list is larger than 64 MiB");
    const unsigned char* at = der.data();
    X509_CRL* crl = d2i_X509_CRL(nullptr, &at, static_cast<long>(der.size()));
    if (crl == nullptr) return malformed("this is not a certificate revocation list");
    CrlPtr owned(new Crl(crl, der.size()));
    if (at != der.data() + der.size()) return malformed("something follows the certificate revocation list");
    return owned;
}

Result<std::vector<CrlPtr>> read_crls(ByteView bytes) {
    if (bytes.size() > max_crl_bytes) return malformed("the revocation lists are larger than 64 MiB");
    std::vector<CrlPtr> crls;
    if (!bytes.empty() && bytes[0] == 0x30) {  // a DER SEQUENCE; PEM is text
        auto crl = Crl::from_der(bytes);
        if (!crl) return crl.error();
        crls.push_back(*crl);
        return crls;
    }
    const OpensslPtr<BIO, BIO_free> text(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
    char* label = nullptr;
    char* header = nullptr;
    unsigned char* data = nullptr;
    long length = 0;
    while (text && PEM_read_bio(text.get(), &label, &header, &data, &length) == 1) {
        const bool is_crl = std::string_view(label) == PEM_STRING_X509_CRL;
        auto crl = is_crl ? Crl::from_der({data, static_cast<std::size_t>(length)}) : malformed("");
        OPENSSL_free(label);
        OPENSSL_free(header);
        OPENSSL_free(data);
        if (!is_crl) continue;
        if (!crl) return crl.error().in("block " + std::to_string(crls.size() + 1));
        crls.push_back(*crl);
    }
    ERR_clear_error();
    if (crls.empty()) return malformed("there is no certificate revocation list in it");
    return crls;
}

}  // namespace chainmend::certs
