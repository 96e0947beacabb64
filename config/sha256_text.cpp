#include "config/sha256_text.h"

#include <algorithm>

namespace chainmend {
namespace {

constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int hex_digit(char letter) {
    if (letter >= '0' && letter <= '9') return letter - '0';
    if (letter >= 'a' && letter <= 'f') return letter - 'a' + 10;
    if (letter >= 'A' && letter <= 'F') return letter - 'A' + 10;
    return -1;
}

/// 32 octets are 43 characters and one "="; the last character carries 4 bits, so its low 2 bits are zero.
std::optional<Sha256> parse_base64(std::string_view text) {
    if (text.size() != 44 || text.back() != '=') return std::nullopt;
    Sha256 value{};
    std::size_t bits = 0;
    for (const char letter : text.substr(0, 43)) {
        const auto digit = letters.find(letter);
        if (digit == std::string_view::npos) return std::nullopt;
        for (int bit = 5; bit >= 0; --bit, ++bits) {
            const bool set = ((digit >> bit) & 1) != 0;
            if (bits >= 256) {
                if (set) return std::nullopt;
            } else if (set) {
                value[bits / 8] = static_cast<std::uint8_t>(value[bits / 8] | (0x80 >> (bits % 8)));
            }
        }
    }
    return value;
}

}  // namespace

std::optional<Sha256> parse_sha256_hex(std::string_view text) {
    Sha256 value{};
    std::size_t digits = 0;
    for (const char letter : text) {
        if (letter == ':' && digits > 0 && digits % 2 == 0) continue;
        const int digit = hex_digit(letter);
        if (digit < 0 || digits == 2 * value.size()) return std::nullopt;
        value[digits / 2] = static_cast<std::uint8_t>(value[digits / 2] << 4 | digit);
        ++digits;
    }
    if (digits != 2 * value.size()) return std::nullopt;
    return value;
}

std::optional<Sha256> parse_key_pin(std::string_view text) {
    for (const std::string_view prefix : {"sha256/", "pin-sha256="}) {
        if (!text.starts_with(prefix)) continue;
        text.remove_prefix(prefix.size());
        break;
    }
    if (text.size() == 46 && text.front() == '"' && text.back() == '"') text = text.substr(1, 44);
    if (const auto hex = parse_sha256_hex(text)) return hex;
    return parse_base64(text);
}

std::string to_base64(ByteView bytes) {
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::size_t left = std::min<std::size_t>(bytes.size() - i, 3);
        std::uint32_t group = 0;
        for (std::size_t k = 0; k < 3; ++k)
            group = group << 8 | (k < left ? bytes[i + k] : 0U);
        for (std::size_t k = 0; k < 4; ++k)
            text += k <= left ? letters[group >> (18 - 6 * k) & 63U] : '=';
    }
    return text;
}

}  // namespace chainmend
