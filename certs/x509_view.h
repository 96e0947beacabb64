#pragma once

#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdint>
#include <string_view>

#include "certs/certificate.h"
#include "certs/openssl_ptr.h"

/// What the rule files share of libcrypto: more owners and the two or three look-ups that each of them makes.
/// Included by .cpp files of certs/ only.
namespace chainmend::certs {

using OwnedNames = OpensslPtr<GENERAL_NAMES, GENERAL_NAMES_free>;
using OwnedBasicConstraints = OpensslPtr<BASIC_CONSTRAINTS, BASIC_CONSTRAINTS_free>;
using OwnedKeyUsages = OpensslPtr<EXTENDED_KEY_USAGE, EXTENDED_KEY_USAGE_free>;
using OwnedKeyId = OpensslPtr<AUTHORITY_KEYID, AUTHORITY_KEYID_free>;
using OwnedNameConstraints = OpensslPtr<NAME_CONSTRAINTS, NAME_CONSTRAINTS_free>;

/// The content octets, borrowed.
inline std::string_view text_of(const ASN1_STRING* string) {
    return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
            static_cast<std::size_t>(ASN1_STRING_length(string))};
}
inline ByteView octets_of(const ASN1_STRING* string) {
    return {ASN1_STRING_get0_data(string), static_cast<std::size_t>(ASN1_STRING_length(string))};
}

inline bool has_extension(const Certificate& certificate, int nid) {
    return X509_get_ext_by_NID(certificate.x509(), nid, -1) >= 0;
}
/// False when absent.
inline bool is_critical(const Certificate& certificate, int nid) {
    const int index = X509_get_ext_by_NID(certificate.x509(), nid, -1);
    return index >= 0 && X509_EXTENSION_get_critical(X509_get_ext(certificate.x509(), index)) != 0;
}
/// The decoded extension; null when absent, there twice, or malformed.
template <class OwnedT>
OwnedT extension(const Certificate& certificate, int nid) {
    using T = typename OwnedT::element_type;
    return OwnedT(static_cast<T*>(X509_get_ext_d2i(certificate.x509(), nid, nullptr, nullptr)));
}

/// The bits X509v3_KU_*. All of them when the extension does not decode: that is refused as such. libcrypto's
/// own X509_get_key_usage knows none as soon as any extension of the certificate is malformed.
inline std::uint32_t key_usage(const Certificate& certificate) {
    const auto bits =
        extension<OpensslPtr<ASN1_BIT_STRING, ASN1_BIT_STRING_free>>(certificate, NID_key_usage);
    if (!bits) return UINT32_MAX;
    const ByteView octets = octets_of(bits.get());
    return (octets.empty() ? 0U : octets[0]) | (octets.size() < 2 ? 0U : octets[1] * 0x100U);
}

inline bool is_empty(const X509_NAME* name) {
    return X509_NAME_entry_count(name) == 0;
}

}  // namespace chainmend::certs
