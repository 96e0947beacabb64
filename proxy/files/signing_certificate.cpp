#include "proxy/files/signing_certificate.h"

#include "certs/certificate_file.h"
#include "proxy/files/input_file.h"

namespace chainmend::proxy {
namespace {

/// A certificate with a chain of ten above it stays below this.
constexpr std::size_t max_file_bytes = 64 * 1024;

}  // namespace

Result<certs::CertificatePtr> load_signing_certificate(const std::filesystem::path& directory) {
    const auto file = directory / "ca.pem";
    const auto bytes = read_input_file(file, max_file_bytes);
    if (!bytes && bytes.error().code == ErrorCode::not_found) return bytes.error();
    if (!bytes) return Error{ErrorCode::signing_ca, bytes.error().message};
    const auto read = certs::read_certificates(*bytes);
    if (!read) return Error{ErrorCode::signing_ca, file.string() + ": " + read.error().message};
    if (read->certificates.empty())
        return Error{ErrorCode::signing_ca, file.string() + " holds no certificate"};
    return read->certificates.front();
}

}  // namespace chainmend::proxy
