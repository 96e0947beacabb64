#include "tls/client_hello.h"

#include <openssl/ssl.h>

#include <algorithm>
#include <optional>

#include "config/bytes.h"

namespace chainmend::tls {
namespace {

constexpr std::uint16_t ecdsa_secp256r1_sha256 = 0x0403;  // RFC 8446 section 4.2.3
constexpr std::uint16_t secp256r1 = 0x0017;               // RFC 8446 section 4.2.7

/// Reads the vectors of TLS's presentation language (RFC 8446 section 3.4). Once something does not fit
/// everything that follows is empty and ok() is false.
class Reader {
  public:
    explicit Reader(ByteView bytes) : rest_(bytes) {}

    bool ok() const { return ok_; }
    bool empty() const { return rest_.empty(); }

    unsigned number(std::size_t octets) {
        unsigned value = 0;
        for (const std::uint8_t octet : take(octets))
            value = value << 8 | octet;
        return value;
    }
    /// An opaque vector behind a length of that many octets.
    ByteView vector(std::size_t length_octets) { return take(number(length_octets)); }

  private:
    ByteView take(std::size_t size) {
        if (size > rest_.size()) {
            ok_ = false;
            rest_ = {};
            return {};
        }
        const ByteView taken = rest_.first(size);
        rest_ = rest_.subspan(size);
        return taken;
    }

    ByteView rest_;
    bool ok_ = true;
};

std::optional<ByteView> extension(SSL* ssl, unsigned type) {
    const unsigned char* bytes = nullptr;
    std::size_t size = 0;
    if (SSL_client_hello_get0_ext(ssl, type, &bytes, &size) != 1) return std::nullopt;
    return ByteView(bytes, size);
}

/// RFC 6066 section 3: the first host_name.
std::string server_name_of(ByteView bytes) {
    Reader list(Reader(bytes).vector(2));
    while (!list.empty()) {
        const unsigned type = list.number(1);
        const ByteView name = list.vector(2);
        if (list.ok() && type == TLSEXT_NAMETYPE_host_name) return std::string(as_text(name));
    }
    return {};
}

/// RFC 7301 section 3.1.
std::vector<std::string> protocols_of(ByteView bytes) {
    std::vector<std::string> protocols;
    Reader list(Reader(bytes).vector(2));
    while (!list.empty()) {
        const ByteView name = list.vector(1);
        if (!list.ok()) return {};
        protocols.emplace_back(as_text(name));
    }
    return protocols;
}

/// A list of 16-bit code points behind a length of that many octets.
std::vector<std::uint16_t> code_points(ByteView bytes, std::size_t length_octets) {
    std::vector<std::uint16_t> points;
    Reader list(Reader(bytes).vector(length_octets));
    while (!list.empty()) {
        const auto point = static_cast<std::uint16_t>(list.number(2));
        if (list.ok()) points.push_back(point);
    }
    return points;
}

bool contains(const std::vector<std::uint16_t>& points, std::uint16_t point) {
    return std::find(points.begin(), points.end(), point) != points.end();
}

/// The highest of TLS 1.0 to 1.3 in supported_versions (RFC 8446 section 4.2.1), else the legacy version.
int highest_version_of(SSL* ssl) {
    int highest = 0;
    if (const auto bytes = extension(ssl, TLSEXT_TYPE_supported_versions)) {
        for (const int version : code_points(*bytes, 1)) {
            if (version >= TLS1_VERSION && version <= TLS1_3_VERSION) highest = std::max(highest, version);
        }
        return highest;
    }
    return std::min<int>(static_cast<int>(SSL_client_hello_get0_legacy_version(ssl)), TLS1_2_VERSION);
}

/// TLS 1.2 names the certificate's type in the cipher suite: is there one for ECDSA that we would choose?
bool has_ecdsa_suite(SSL* ssl) {
    const unsigned char* bytes = nullptr;
    const std::size_t size = SSL_client_hello_get0_ciphers(ssl, &bytes);
    for (std::size_t i = 0; i + 1 < size; i += 2) {
        const SSL_CIPHER* suite = SSL_CIPHER_find(ssl, bytes + i);
        if (suite && SSL_CIPHER_get_auth_nid(suite) == NID_auth_ecdsa) return true;
    }
    return false;
}

bool accepts_ecdsa(SSL* ssl, int highest_version) {
    // Without the extension TLS 1.2 means SHA-1 (RFC 5246 section 7.4.1.4.1), which is not signed with here.
    const auto algorithms = extension(ssl, TLSEXT_TYPE_signature_algorithms);
    if (!algorithms || !contains(code_points(*algorithms, 2), ecdsa_secp256r1_sha256)) return false;
    if (highest_version >= TLS1_3_VERSION) return true;
    const auto groups = extension(ssl, TLSEXT_TYPE_supported_groups);
    if (groups && !contains(code_points(*groups, 2), secp256r1)) return false;
    return has_ecdsa_suite(ssl);
}

}  // namespace

ClientHello ClientHello::of(SSL* ssl) {
    ClientHello hello;
    if (const auto bytes = extension(ssl, TLSEXT_TYPE_server_name))
        hello.server_name = server_name_of(*bytes);
    if (const auto bytes = extension(ssl, TLSEXT_TYPE_application_layer_protocol_negotiation)) {
        hello.protocols = protocols_of(*bytes);
    }
    hello.highest_version = highest_version_of(ssl);
    hello.accepts_ecdsa = chainmend::tls::accepts_ecdsa(ssl, hello.highest_version);
    return hello;
}

}  // namespace chainmend::tls
