#pragma once

#include <vector>

#include "certs/verdict.h"
#include "certs/verify_request.h"
#include "proxy/report/json.h"

namespace chainmend::proxy {

/// What was asked about a chain, as a document. Of lists that may be long (distrust, disclosed intermediates,
/// limits of CAs) only what they say about `certificates`, which are all that the verdict could come upon.
Json stored_request(const certs::VerifyRequest& request,
                    const std::vector<certs::CertificatePtr>& certificates);

/// Throws what the JSON library throws, and std::out_of_range for a certificate that is lost.
certs::VerifyRequest restored_request(const Json& json,
                                      const std::vector<certs::CertificatePtr>& certificates);

Json stored_exception_use(const std::optional<certs::ExceptionUse>& use);
std::optional<certs::ExceptionUse> restored_exception_use(const Json& json);

/// The certificate at a place of `certificates`. Throws std::out_of_range when it is lost.
certs::CertificatePtr certificate_at(const Json& place,
                                     const std::vector<certs::CertificatePtr>& certificates);

Json stored_time(const std::optional<Time>& time);
std::optional<Time> restored_time(const Json& json);
Time time_from(const Json& json);
Sha256 sha256_from_hex(const Json& json);
/// A word that a later version has given up is Reason::policy.
certs::Reason stored_reason(const Json& json);

}  // namespace chainmend::proxy
