#include "certs/digest.h"

#include <openssl/sha.h>

namespace chainmend::certs {

Sha256 sha256_of(ByteView bytes) {
    Sha256 digest{};
    SHA256(bytes.data(), bytes.size(), digest.data());
    return digest;
}

std::array<std::uint8_t, 20> sha1_of(ByteView bytes) {
    std::array<std::uint8_t, 20> digest{};
    SHA1(bytes.data(), bytes.size(), digest.data());
    return digest;
}

}  // namespace chainmend::certs
