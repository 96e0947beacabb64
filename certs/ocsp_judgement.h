#pragma once

#include <optional>

#include "certs/certificate.h"
#include "certs/revocation.h"
#include "certs/verify_request.h"

namespace chainmend::certs {

/// Whose status is asked for, and when.
struct OcspQuestion {
    CertificatePtr certificate;
    CertificatePtr issuer;
    Time at{};
    Profile profile = Profile::default_;
    /// What the request's nonce was (RFC 8954). A response that does not repeat it is no answer to it. Empty:
    /// none was sent, and one in the response means nothing.
    Bytes nonce = {};
};

/// Larger responses are not looked at. Those of public responders have 300 to 2,500 bytes, with a delegated
/// responder's certificate in them.
constexpr std::size_t max_ocsp_bytes = 64U * 1024;
/// How far a responder's clock may be ahead: what public CAs leave for their own subscribers.
constexpr std::chrono::minutes ocsp_clock_skew{5};
/// How long a response without nextUpdate is believed: "newer information is always available" (RFC 6960
/// section 4.2.2.1).
constexpr std::chrono::hours ocsp_without_end{1};

/// Judges one DER OCSPResponse (RFC 6960) for one certificate. Good and revoked are only what the issuer, or
/// a responder that it has delegated to (section 4.2.2.2: its own signature, OCSPSigning), has signed about
/// exactly this certificate and for this time; everything else is unknown with the cause in `detail`. A
/// delegated responder whose certificate says where its own revocation is to be asked for, and has no
/// id-pkix-ocsp-nocheck (section 4.2.2.2.1), may itself have been revoked: its "good" does not count, its
/// "revoked" does.
///
/// Pure; depth, source and origin of the finding are left to the caller.
RevocationFinding judge_ocsp(ByteView response, const OcspQuestion& question);

/// Whether these bytes are a response that answers anything: ErrorCode::malformed when they do not decode, or
/// only say that there is no answer.
Result<void> check_ocsp_response(ByteView response);

/// A DER OCSPRequest for one certificate, with SHA-1 name hashes, which RFC 5019 section 2.1.1 asks for and
/// every responder knows; empty `nonce`: none. ErrorCode::malformed when libcrypto can not make one.
Result<Bytes> ocsp_request(const Certificate& certificate, const Certificate& issuer, const Bytes& nonce);

/// The earliest nextUpdate in a response, for whoever keeps it; it proves nothing. Absent when there is none
/// or it does not decode.
std::optional<Time> ocsp_next_update(ByteView response);

}  // namespace chainmend::certs
