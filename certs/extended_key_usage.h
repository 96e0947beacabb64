#pragma once

#include "certs/certificate.h"
#include "certs/verify_request.h"

namespace chainmend::certs {

/// What a certificate's extKeyUsage says to a purpose (RFC 5280 section 4.2.1.12).
enum class ExtendedKeyUsage {
    absent,     ///< no such extension: no restriction
    allows,     ///< the purpose is listed
    any_usage,  ///< anyExtendedKeyUsage is, with or without the purpose
    refuses,    ///< neither, or the extension can not be read
};

ExtendedKeyUsage extended_key_usage(const Certificate& certificate, Purpose purpose);

}  // namespace chainmend::certs
