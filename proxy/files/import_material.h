#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "certs/certificate.h"
#include "certs/distrust.h"
#include "config/bytes.h"
#include "config/result.h"

namespace chainmend::proxy {

/// What a file that somebody wants to import holds.
struct ImportMaterial {
    std::string format;  ///< "pem", "der", "pkcs7", "csv", "json", "omni.ja"
    std::vector<certs::CertificatePtr> certificates;
    /// A line for each piece that could not be read, with its place and why. The others are kept.
    std::vector<std::string> problems;
    /// Mozilla's OneCRL: certificates that must not be used.
    certs::DistrustList revoked;
    /// SHA-256 of the intermediates that their owners have disclosed to Mozilla.
    std::set<Sha256> disclosed;
};

/// Reads what may be imported, told apart by content: PEM, DER, PKCS#7; CCADB's CSV (PEM in a quoted field,
/// in single quotes); Mozilla's Remote Settings in JSON (collections "intermediates" and "onecrl"); Firefox's
/// omni.ja, which holds both. ErrorCode::malformed when it is none of them or holds nothing. `bytes` are a
/// stranger's when they come from a URL: they are bounded by whoever read them (max_import_bytes).
Result<ImportMaterial> read_import(ByteView bytes);

/// Firefox ESR's omni.ja has 54 MB in 2026, CCADB's largest CSV 12 MB.
inline constexpr std::size_t max_import_bytes = 128 * 1024 * 1024;

}  // namespace chainmend::proxy
