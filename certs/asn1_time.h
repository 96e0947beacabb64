#pragma once

#include <openssl/asn1.h>

#include <optional>

#include "config/time.h"

/// Included by .cpp files of certs/ only.
namespace chainmend::certs {

/// RFC 5280 section 4.1.2.5: YYMMDDHHMMSSZ or YYYYMMDDHHMMSSZ, nothing else. Absent for null too.
std::optional<Time> time_of(const ASN1_TIME* encoded);

}  // namespace chainmend::certs
