#pragma once

#include <memory>
#include <string>

#include "certs/certificate.h"

typedef struct ocsp_basic_response_st OCSP_BASICRESP;  // libcrypto's

namespace chainmend::certs {

class OcspResponse;
using OcspResponsePtr = std::shared_ptr<const OcspResponse>;

/// What a response says of one certificate.
struct OcspAnswer {
    /// `unusable`: it is about another certificate, not genuine, or not of now; `detail` says which.
    enum class Status { good, revoked, unknown, unusable };
    Status status = Status::unusable;
    std::string detail;  ///< one printable line, empty when good
};

/// One decoded OCSP response (RFC 6960 section 4.2) that its responder calls successful. Immutable, shared.
class OcspResponse {
  public:
    /// Some responders put their chain in; 16 KiB are usual at most, the bound is that of a fetched issuer.
    static constexpr std::size_t max_der_bytes = 64 * 1024;

    /// ErrorCode::malformed when it does not decode, or when it only says that there is no answer.
    static Result<OcspResponsePtr> from_der(ByteView der);
    ~OcspResponse();
    OcspResponse(const OcspResponse&) = delete;
    OcspResponse& operator=(const OcspResponse&) = delete;

    /// What it says of `child` at `at`, where `issuer` is the certificate that really issued `child`. Genuine
    /// is what `issuer` signed, or a responder that `issuer` itself certified for signing responses (RFC 6960
    /// section 4.2.2.2) with strong algorithms and for that time.
    OcspAnswer about(const Certificate& child, const Certificate& issuer, Time at) const;

  private:
    explicit OcspResponse(OCSP_BASICRESP* basic) : basic_(basic) {}
    std::string objection_to_signer(const Certificate& issuer, Time at) const;

    OCSP_BASICRESP* basic_;
};

}  // namespace chainmend::certs
