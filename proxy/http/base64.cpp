#include "proxy/http/base64.h"

namespace chainmend::proxy {
namespace {

int value_of(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == '+') return 62;
    if (c == '/') return 63;
    return -1;
}

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

}  // namespace

std::optional<Bytes> decode_base64(std::string_view text) {
    Bytes bytes;
    bytes.reserve(text.size() / 4 * 3);
    std::uint32_t bits = 0;
    int characters = 0;
    int padding = 0;
    for (const char c : text) {
        if (is_space(c)) continue;
        const int value = value_of(c);
        if (c == '=') {
            ++padding;
        } else if (value < 0 || padding > 0) {
            return std::nullopt;
        }
        bits = bits << 6 | static_cast<std::uint32_t>(c == '=' ? 0 : value);
        if (++characters % 4 != 0) continue;
        for (int i = 0; i < 3 - padding; ++i)
            bytes.push_back(static_cast<std::uint8_t>(bits >> (16 - 8 * i)));
        bits = 0;
    }
    if (characters % 4 != 0 || padding > 2) return std::nullopt;
    return bytes;
}

std::string encode_base64(ByteView bytes) {
    constexpr char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::size_t left = bytes.size() - i;
        const std::uint32_t bits = static_cast<std::uint32_t>(bytes[i]) << 16 |
                                   (left > 1 ? static_cast<std::uint32_t>(bytes[i + 1]) << 8 : 0) |
                                   (left > 2 ? bytes[i + 2] : 0U);
        text += alphabet[bits >> 18];
        text += alphabet[bits >> 12 & 63];
        text += left > 1 ? alphabet[bits >> 6 & 63] : '=';
        text += left > 2 ? alphabet[bits & 63] : '=';
    }
    return text;
}

}  // namespace chainmend::proxy
