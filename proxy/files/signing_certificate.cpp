#include "proxy/files/signing_certificate.h"

#include "certs/certificate_file.h"
#include "proxy/files/input_file.h"
#include "proxy/files/signing_ca_directory.h"

namespace chainmend::proxy {
namespace {

namespace fs = std::filesystem;
using Certificates = std::vector<certs::CertificatePtr>;

/// A certificate with a chain of ten above it stays below this.
constexpr std::size_t max_file_bytes = 64 * 1024;

Result<Certificates> certificates_in(const fs::path& file) {
    const auto bytes = read_input_file(file, max_file_bytes);
    if (!bytes && bytes.error().code == ErrorCode::not_found) return bytes.error();
    if (!bytes) return Error{ErrorCode::signing_ca, bytes.error().message};
    auto read = certs::read_certificates(*bytes);
    if (!read) return Error{ErrorCode::signing_ca, file.string() + ": " + read.error().message};
    if (read->certificates.empty())
        return Error{ErrorCode::signing_ca, file.string() + " holds no certificate"};
    return std::move(read->certificates);
}

/// Those before the present CA, and the one that comes next.
Certificates other_cas(const fs::path& directory) {
    Certificates found;
    if (const auto previous = certificates_in(directory / "previous.pem")) {
        found.insert(found.end(), previous->begin(), previous->end());
    }
    if (const auto next = certificates_in(beside_signing_ca(directory, "next") / "ca.pem")) {
        found.push_back(next->front());
    }
    return found;
}

}  // namespace

Result<certs::CertificatePtr> load_signing_certificate(const fs::path& directory) {
    const auto read = certificates_in(directory / "ca.pem");
    if (!read) return read.error();
    return read->front();
}

Result<Certificates> load_own_cas(const fs::path& directory) {
    const auto present = load_signing_certificate(directory);
    if (!present && present.error().code != ErrorCode::not_found) return present.error();
    Certificates cas = other_cas(directory);
    if (present) cas.insert(cas.begin(), *present);
    return cas;
}

Result<Certificates> load_certificates_to_trust(const fs::path& directory, Time now) {
    auto found = certificates_in(directory / "ca.pem");
    if (!found) return found.error();
    for (const auto& other : other_cas(directory)) {
        if (other->not_after().value_or(Time{}) >= now) found->push_back(other);
    }
    return std::move(found).value();
}

}  // namespace chainmend::proxy
