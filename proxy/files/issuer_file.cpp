#include "proxy/files/issuer_file.h"

namespace chainmend::proxy {
namespace {

constexpr std::string_view file_name_end = ".pem";
constexpr std::string_view first_pem_line = "-----BEGIN";
/// Longer than any URL that is fetched.
constexpr std::size_t max_origin = 2048;

/// One line of printable ASCII: the origin may be a URL that a stranger wrote.
std::string one_line(std::string_view text) {
    std::string line;
    for (const char letter : text.substr(0, max_origin)) {
        const auto octet = static_cast<std::uint8_t>(letter);
        if (octet >= 0x20 && octet < 0x7f) {
            line += letter;
        } else {
            line += "%" + to_hex({&octet, 1});
        }
    }
    return line;
}

/// The next line of `text`, without its end, which is removed from `text`.
std::string_view take_line(std::string_view& text) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

/// What stands behind "key: ", when the line is of that kind.
std::optional<std::string_view> value_of(std::string_view line, std::string_view key) {
    if (!line.starts_with(key) || !line.substr(key.size()).starts_with(": ")) return std::nullopt;
    return line.substr(key.size() + 2);
}

}  // namespace

std::string issuer_file_name(const Sha256& sha256) {
    return to_hex(sha256) + std::string(file_name_end);
}

std::optional<Sha256> parse_issuer_file_name(std::string_view name) {
    Sha256 sha256{};
    if (name.size() != 2 * sha256.size() + file_name_end.size() || !name.ends_with(file_name_end))
        return std::nullopt;
    for (std::size_t i = 0; i < 2 * sha256.size(); ++i) {
        const char letter = name[i];
        const int digit = letter >= '0' && letter <= '9'   ? letter - '0'
                          : letter >= 'a' && letter <= 'f' ? letter - 'a' + 10
                                                           : -1;
        if (digit < 0) return std::nullopt;
        sha256[i / 2] = static_cast<std::uint8_t>(sha256[i / 2] << 4 | digit);
    }
    return sha256;
}

std::string issuer_file_text(const certs::StoredIssuer& issuer) {
    return "subject: " + one_line(issuer.certificate->subject()) + "\nsource: " + to_string(issuer.source) +
           "\norigin: " + one_line(issuer.origin) + "\nstored: " + to_rfc3339(issuer.stored_at) +
           "\nnetwork: " + to_string(issuer.network) + "\n" + issuer.certificate->pem();
}

Result<IssuerFile> parse_issuer_file(std::string_view text) {
    auto certificate = certs::EncodedCertificate::from_pem(text);
    if (!certificate) return certificate.error();
    IssuerFile file{.certificate = std::move(*certificate), .origin = {}};
    while (!text.empty() && !text.starts_with(first_pem_line)) {
        const std::string_view line = take_line(text);
        if (const auto source = value_of(line, "source")) {
            file.source =
                *source == to_string(certs::Source::import) ? certs::Source::import : certs::Source::store;
        } else if (const auto origin = value_of(line, "origin")) {
            file.origin = one_line(*origin);
        } else if (const auto stored = value_of(line, "stored")) {
            if (const auto time = parse_rfc3339(*stored)) file.stored_at = *time;
        } else if (const auto network = value_of(line, "network")) {
            file.network = certs::network_from(*network).value_or(certs::Network::public_internet);
        }
    }
    return file;
}

}  // namespace chainmend::proxy
