#include "certs/certificate_file.h"

#include <openssl/evp.h>

#include <algorithm>

#include "certs/openssl_error.h"
#include "certs/openssl_ptr.h"
#include "certs/printable.h"

namespace chainmend::certs {
namespace {

constexpr std::string_view begin_mark = "-----BEGIN ";
constexpr std::string_view end_mark = "-----END ";
constexpr std::string_view dashes = "-----";
/// Enough to see what is wrong with a file; a file of garbage does not fill a log.
constexpr std::size_t max_problems = 100;

/// One PEM block, RFC 7468 section 3 with any text between the blocks.
struct PemBlock {
    std::string_view label;
    std::string_view body;
    bool complete = false;
};

/// The block that begins first in `text`, which then continues behind it.
std::optional<PemBlock> take_block(std::string_view& text) {
    const std::size_t begin = text.find(begin_mark);
    if (begin == std::string_view::npos) return std::nullopt;
    text.remove_prefix(begin + begin_mark.size());
    const std::size_t label_end = text.find(dashes);
    if (label_end == std::string_view::npos || label_end > 64) return PemBlock{};
    PemBlock block{text.substr(0, label_end), {}, false};
    text.remove_prefix(label_end + dashes.size());
    const std::size_t end = text.find(dashes);
    if (end == std::string_view::npos || text.substr(end, end_mark.size()) != end_mark) return block;
    block.body = text.substr(0, end);
    text.remove_prefix(end + end_mark.size());
    const bool same_label = text.substr(0, block.label.size()) == block.label &&
                            text.substr(block.label.size(), dashes.size()) == dashes;
    block.complete = same_label;
    return block;
}

/// RFC 4648 section 4, white space ignored.
std::optional<Bytes> decode_base64(std::string_view text) {
    std::string stripped;
    stripped.reserve(text.size());
    std::copy_if(text.begin(), text.end(), std::back_inserter(stripped),
                 [](char c) { return c != '\n' && c != '\r' && c != ' ' && c != '\t'; });
    const std::size_t first_pad = std::min(stripped.find('='), stripped.size());
    const std::size_t padding = stripped.size() - first_pad;
    if (stripped.empty() || stripped.size() % 4 != 0 || padding > 2 ||
        stripped.find_first_not_of('=', first_pad) != std::string::npos) {
        return std::nullopt;
    }
    Bytes bytes(stripped.size() / 4 * 3);
    const int size = EVP_DecodeBlock(bytes.data(), reinterpret_cast<const unsigned char*>(stripped.data()),
                                     static_cast<int>(stripped.size()));
    if (size < 0) return std::nullopt;
    bytes.resize(static_cast<std::size_t>(size) - padding);
    return bytes;
}

/// The certificates of a certs-only SignedData (RFC 5652 section 5, RFC 2797 section 2.2).
Result<std::vector<CertificatePtr>> read_pkcs7(ByteView der) {
    const unsigned char* at = der.data();
    const Pkcs7Ptr pkcs7(d2i_PKCS7(nullptr, &at, static_cast<long>(der.size())));
    if (!pkcs7) return Error{ErrorCode::malformed, "not PKCS#7 in DER: " + take_openssl_error()};
    if (!PKCS7_type_is_signed(pkcs7.get()) || pkcs7->d.sign == nullptr || pkcs7->d.sign->cert == nullptr) {
        return Error{ErrorCode::malformed, "PKCS#7 without certificates"};
    }
    std::vector<CertificatePtr> certificates;
    for (int i = 0; i < sk_X509_num(pkcs7->d.sign->cert); ++i) {
        if (auto certificate = Certificate::from_x509(sk_X509_value(pkcs7->d.sign->cert, i))) {
            certificates.push_back(std::move(certificate));
        }
    }
    if (certificates.empty()) return Error{ErrorCode::malformed, "PKCS#7 without certificates"};
    return certificates;
}

/// OpenSSL's own form: a certificate with trust settings behind it, which mean nothing here.
Result<CertificatePtr> read_trusted_certificate(ByteView der) {
    const unsigned char* at = der.data();
    const X509Ptr x509(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
    if (!x509) return Error{ErrorCode::malformed, "not a certificate in DER: " + take_openssl_error()};
    return Certificate::from_der(der.first(static_cast<std::size_t>(at - der.data())));
}

Result<std::vector<CertificatePtr>> read_block(const PemBlock& block) {
    if (!block.complete) return Error{ErrorCode::malformed, "the END line is missing or has another label"};
    const auto der = decode_base64(block.body);
    if (!der) return Error{ErrorCode::malformed, "not base64"};
    if (block.label == "PKCS7" || block.label == "PKCS #7 SIGNED DATA" || block.label == "CMS") {
        return read_pkcs7(*der);
    }
    auto certificate =
        block.label == "TRUSTED CERTIFICATE" ? read_trusted_certificate(*der) : Certificate::from_der(*der);
    if (!certificate) return certificate.error();
    return std::vector<CertificatePtr>{std::move(certificate).value()};
}

bool holds_certificates(std::string_view label) {
    constexpr std::string_view labels[] = {"CERTIFICATE", "X509 CERTIFICATE",    "TRUSTED CERTIFICATE",
                                           "PKCS7",       "PKCS #7 SIGNED DATA", "CMS"};
    return std::find(std::begin(labels), std::end(labels), label) != std::end(labels);
}

Result<CertificateFile> read_pem(std::string_view text, std::size_t max_certificates) {
    CertificateFile file;
    std::string_view rest = text;
    std::string other_label;
    std::size_t counted_to = 0;
    std::size_t line = 1;
    for (int number = 1; const auto block = take_block(rest); ++number) {
        if (block->complete && !holds_certificates(block->label)) {
            other_label = printable(block->label, 64);
            continue;
        }
        if (file.certificates.size() >= max_certificates) {
            file.problems.push_back("more than " + std::to_string(max_certificates) +
                                    " certificates; the rest was not read");
            break;
        }
        auto found = read_block(*block);
        if (found) {
            for (CertificatePtr& certificate : *found)
                file.certificates.push_back(std::move(certificate));
        } else if (file.problems.size() < max_problems) {
            const auto here = static_cast<std::size_t>(
                (block->label.empty() ? rest.data() : block->label.data()) - text.data());
            line +=
                static_cast<std::size_t>(std::count(text.begin() + static_cast<std::ptrdiff_t>(counted_to),
                                                    text.begin() + static_cast<std::ptrdiff_t>(here), '\n'));
            counted_to = here;
            file.problems.push_back("block " + std::to_string(number) + ", line " + std::to_string(line) +
                                    ": " + found.error().message);
        }
    }
    if (!file.certificates.empty()) return file;
    if (!file.problems.empty()) return Error{ErrorCode::malformed, file.problems.front()};
    return Error{ErrorCode::malformed, "no certificate in it, only \"" + other_label + "\""};
}

Result<CertificateFile> read_der(ByteView bytes) {
    auto certificate = Certificate::from_der(bytes);
    if (certificate) {
        return CertificateFile{CertificateFormat::der, {std::move(certificate).value()}, {}};
    }
    auto bag = read_pkcs7(bytes);
    if (bag) return CertificateFile{CertificateFormat::pkcs7, std::move(bag).value(), {}};
    return Error{ErrorCode::malformed,
                 "neither a certificate nor PKCS#7 in DER (" + certificate.error().message + ")"};
}

/// What a web server or a person put there instead.
std::string describe_foreign(std::string_view text) {
    const std::size_t visible = text.find_first_not_of(" \t\r\n");
    if (visible == std::string_view::npos) return "empty";
    if (text[visible] == '<') return "HTML or XML, not a certificate";
    if (text.substr(0, 2) == "\x1f\x8b") return "compressed with gzip, not a certificate";
    if (text.substr(visible, 3) == "MII") return "base64 without BEGIN and END lines";
    return "no certificate in it: neither PEM nor DER nor PKCS#7";
}

}  // namespace

const char* to_string(CertificateFormat format) {
    switch (format) {
        case CertificateFormat::pem:
            return "pem";
        case CertificateFormat::der:
            return "der";
        case CertificateFormat::pkcs7:
            return "pkcs7";
    }
    return "";
}

Result<CertificateFile> read_certificates(ByteView bytes, std::size_t max_certificates) {
    constexpr std::uint8_t sequence = 0x30;  // what DER certificates and PKCS#7 both begin with
    const std::string_view text = as_text(bytes);
    const bool may_be_pem = text.find(begin_mark) != std::string_view::npos;
    if (!bytes.empty() && bytes[0] == sequence) {
        auto file = read_der(bytes);
        // 0x30 is also the digit 0, which text may begin with: "0: Certificate".
        if (file || !may_be_pem) return file;
    }
    if (may_be_pem) return read_pem(text, max_certificates);
    return Error{ErrorCode::malformed, describe_foreign(text)};
}

}  // namespace chainmend::certs
