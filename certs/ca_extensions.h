#pragma once

#include <cstdint>

#include "certs/certificate_draft.h"

namespace chainmend::certs {

// What a signing CA is, as the DER of its extensions: it issues end entity certificates only (RFC 5280
// section 4.2.1.9, pathLenConstraint 0) and signs certificates and CRLs (section 4.2.1.3).
inline constexpr std::uint8_t ca_without_intermediates[] = {0x30, 0x06, 0x01, 0x01, 0xff, 0x02, 0x01, 0x00};
inline constexpr std::uint8_t key_cert_sign_and_crl_sign[] = {0x03, 0x02, 0x01, 0x06};

}  // namespace chainmend::certs
