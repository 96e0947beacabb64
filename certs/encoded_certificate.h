#pragma once

#include <string_view>

#include "config/bytes.h"
#include "config/result.h"

namespace chainmend::certs {

/// A certificate that nobody has decoded yet: its DER, with what an index needs to find it again. Making one
/// takes about 10 us, decoding it 115 to 180, so a store of 1,200 is opened in a tenth of the time, and only
/// those that a path asks for are ever decoded. That the rest of it makes sense is not checked here.
class EncodedCertificate {
  public:
    /// The first "-----BEGIN CERTIFICATE-----" at the beginning of a line of `text`, and its block.
    /// ErrorCode::malformed when there is none, or when it is no base64 or does not look like a certificate.
    static Result<EncodedCertificate> from_pem(std::string_view text);
    static Result<EncodedCertificate> from_der(Bytes der);

    const Bytes& der() const { return der_; }
    const Sha256& sha256() const { return sha256_; }
    /// Whether there is something like the basic constraints of a CA in it. A CA's certificate has them; that
    /// others have not is for decoding to say.
    bool looks_like_ca() const;
    /// The subject's Name in DER, within der().
    ByteView subject() const { return ByteView(der_).subspan(subject_begin_, subject_size_); }

  private:
    EncodedCertificate() = default;

    Bytes der_;
    Sha256 sha256_{};
    std::size_t subject_begin_ = 0;
    std::size_t subject_size_ = 0;
};

}  // namespace chainmend::certs
