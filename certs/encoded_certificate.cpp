#include "certs/encoded_certificate.h"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <algorithm>
#include <iterator>
#include <optional>

namespace chainmend::certs {
namespace {

constexpr std::string_view begin_line = "-----BEGIN CERTIFICATE-----";
constexpr std::string_view end_line = "-----END CERTIFICATE-----";

constexpr std::uint8_t sequence = 0x30;
constexpr std::uint8_t version = 0xa0;
constexpr std::uint8_t integer = 0x02;

/// The marker counts at the beginning of a line only: elsewhere it is somebody's text.
std::size_t find_begin_line(std::string_view text) {
    std::size_t at = text.find(begin_line);
    while (at != std::string_view::npos && at > 0 && text[at - 1] != '\n' && text[at - 1] != '\r') {
        at = text.find(begin_line, at + 1);
    }
    return at;
}

/// Base64 with white space anywhere in it.
std::optional<Bytes> decode_base64(std::string_view text) {
    std::string letters;
    letters.reserve(text.size());
    for (const char letter : text) {
        if (letter != '\n' && letter != '\r' && letter != ' ' && letter != '\t') letters += letter;
    }
    if (letters.empty() || letters.size() % 4 != 0) return std::nullopt;
    const std::size_t padding = letters.ends_with("==") ? 2 : letters.ends_with("=") ? 1 : 0;
    Bytes bytes(letters.size() / 4 * 3);
    const int size =
        EVP_DecodeBlock(bytes.data(), as_bytes(letters).data(), static_cast<int>(letters.size()));
    if (size != static_cast<int>(bytes.size())) return std::nullopt;
    bytes.resize(bytes.size() - padding);
    return bytes;
}

/// Walks over DER elements side by side. Knows one-octet tags and definite lengths, which is all that stands
/// before the subject of a certificate.
class DerCursor {
  public:
    explicit DerCursor(ByteView der, std::size_t begin = 0) : der_(der), at_(begin), end_(der.size()) {}

    bool is_at(std::uint8_t tag) const { return at_ < end_ && der_[at_] == tag; }
    std::size_t position() const { return at_; }

    /// Steps over one element of that kind.
    bool skip(std::uint8_t tag) {
        const std::size_t size = enter(tag);
        if (failed_) return false;
        at_ += size;
        return true;
    }

    /// Steps over the head of an element and returns the size of its content, which fits. See failed().
    std::size_t enter(std::uint8_t tag) {
        failed_ = failed_ || end_ - at_ < 2 || der_[at_] != tag;
        if (failed_) return 0;
        std::size_t size = der_[at_ + 1];
        at_ += 2;
        if (size >= 0x80) {
            const std::size_t octets = size & 0x7f;
            failed_ = octets == 0 || octets > 3 || end_ - at_ < octets;
            if (failed_) return 0;
            size = 0;
            for (std::size_t i = 0; i < octets; ++i)
                size = size << 8 | der_[at_++];
        }
        failed_ = end_ - at_ < size;
        return failed_ ? 0 : size;
    }

    bool failed() const { return failed_; }

  private:
    ByteView der_;
    std::size_t at_;
    std::size_t end_;
    bool failed_ = false;
};

}  // namespace

Result<EncodedCertificate> EncodedCertificate::from_pem(std::string_view text) {
    const std::size_t begin = find_begin_line(text);
    const std::size_t end = begin == std::string_view::npos ? begin : text.find(end_line, begin);
    if (end == std::string_view::npos)
        return Error{ErrorCode::malformed, "there is no whole PEM certificate in it"};
    auto der = decode_base64(text.substr(begin + begin_line.size(), end - begin - begin_line.size()));
    if (!der) return Error{ErrorCode::malformed, "its PEM block is not base64"};
    return from_der(std::move(*der));
}

Result<EncodedCertificate> EncodedCertificate::from_der(Bytes der) {
    // RFC 5280 section 4.1: SEQUENCE { SEQUENCE { [0] version, INTEGER serial, SEQUENCE algorithm, SEQUENCE
    // issuer, SEQUENCE validity, SEQUENCE subject, ...
    DerCursor cursor(der);
    const std::size_t size = cursor.enter(sequence);
    const bool fills = !cursor.failed() && cursor.position() + size == der.size();
    cursor.enter(sequence);
    if (cursor.is_at(version)) cursor.skip(version);
    bool good = fills && cursor.skip(integer) && cursor.skip(sequence) && cursor.skip(sequence) &&
                cursor.skip(sequence);
    const std::size_t subject_begin = cursor.position();
    good = good && cursor.skip(sequence);
    if (!good) return Error{ErrorCode::malformed, "it does not look like a certificate"};

    EncodedCertificate certificate;
    SHA256(der.data(), der.size(), certificate.sha256_.data());
    certificate.der_ = std::move(der);
    certificate.subject_begin_ = subject_begin;
    certificate.subject_size_ = cursor.position() - subject_begin;
    return certificate;
}

bool EncodedCertificate::looks_like_ca() const {
    // RFC 5280 section 4.2.1.9: the OID, critical or not, OCTET STRING { SEQUENCE { cA TRUE, ...
    constexpr std::uint8_t oid[] = {0x06, 0x03, 0x55, 0x1d, 0x13};
    constexpr std::uint8_t is_true[] = {0x01, 0x01, 0xff};
    const auto begins_with = [](ByteView octets, ByteView with) {
        return octets.size() >= with.size() && std::equal(with.begin(), with.end(), octets.begin());
    };
    for (auto at = der_.begin();; ++at) {
        at = std::search(at, der_.end(), std::begin(oid), std::end(oid));
        if (at == der_.end()) return false;
        ByteView rest = ByteView(der_).subspan(static_cast<std::size_t>(at - der_.begin()) + std::size(oid));
        if (begins_with(rest, is_true)) rest = rest.subspan(std::size(is_true));
        constexpr std::size_t heads = 4;
        if (rest.size() >= heads && rest[0] == 0x04 && rest[2] == sequence &&
            begins_with(rest.subspan(heads), is_true)) {
            return true;
        }
    }
}

}  // namespace chainmend::certs
