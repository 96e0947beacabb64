#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "certs/encoded_certificate.h"
#include "certs/issuer_store.h"
#include "certs/verdict.h"
#include "config/result.h"
#include "config/time.h"

namespace chainmend::proxy {

/// One file of an issuer directory: lines about where the certificate came from, then its PEM block. Programs
/// that read PEM pass over the lines.
struct IssuerFile {
    certs::EncodedCertificate certificate;
    certs::Source source = certs::Source::store;
    std::string origin;
    Time stored_at{};
    certs::Network network = certs::Network::public_internet;
};

/// "<64 hexadecimal digits>.pem"
std::string issuer_file_name(const Sha256& sha256);
std::optional<Sha256> parse_issuer_file_name(std::string_view name);

std::string issuer_file_text(const certs::StoredIssuer& issuer);
/// ErrorCode::malformed when there is no whole certificate in it. Lines about its origin that make no sense
/// are passed over: they serve explanations, and the least that they allow is what holds without them.
Result<IssuerFile> parse_issuer_file(std::string_view text);

}  // namespace chainmend::proxy
