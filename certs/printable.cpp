#include "certs/printable.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>

namespace chainmend::certs {
namespace {

struct Decoded {
    std::uint32_t character = 0;
    std::size_t bytes = 0;  ///< 0: the text does not begin with well-formed UTF-8
};

/// The first character of `text`, well-formed as the Unicode standard, table 3-7, says: no overlong form, no
/// surrogate, nothing above U+10FFFF.
Decoded decode_utf8(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
    const std::uint8_t lead = byte(0);
    if (lead < 0x80) return {lead, 1};
    const std::size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || text.size() < size) return {};
    std::uint32_t character = lead & (0xffu >> (size + 1));
    for (std::size_t i = 1; i < size; ++i) {
        if ((byte(i) & 0xc0) != 0x80) return {};
        character = character << 6 | (byte(i) & 0x3fu);
    }
    constexpr std::uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    const bool surrogate = character >= 0xd800 && character <= 0xdfff;
    if (character < smallest[size] || surrogate || character > 0x10ffff) return {};
    return {character, size};
}

struct Range {
    std::uint32_t first;
    std::uint32_t last;
};

/// Characters that show nothing, break lines or change the direction of their neighbours (Unicode general
/// categories Cc, Cf, Zl, Zp, Co and noncharacters, as far as fonts and terminals act on them).
constexpr Range unsafe[] = {
    {0x0000, 0x001f}, {0x007f, 0x009f}, {0x00ad, 0x00ad}, {0x034f, 0x034f},   {0x061c, 0x061c},
    {0x115f, 0x1160}, {0x17b4, 0x17b5}, {0x180b, 0x180f}, {0x200b, 0x200f},   {0x2028, 0x202e},
    {0x2060, 0x206f}, {0x3164, 0x3164}, {0xe000, 0xf8ff}, {0xfdd0, 0xfdef},   {0xfe00, 0xfe0f},
    {0xfeff, 0xfeff}, {0xffa0, 0xffa0}, {0xfff0, 0xffff}, {0x1d173, 0x1d17a}, {0xe0000, 0x10ffff},
};

bool is_safe(std::uint32_t character) {
    return std::none_of(std::begin(unsafe), std::end(unsafe), [&](const Range& range) {
        return character >= range.first && character <= range.last;
    });
}

}  // namespace

std::string printable(std::string_view text, std::size_t max_bytes) {
    std::string out;
    out.reserve(std::min(text.size(), max_bytes) + 3);
    while (!text.empty()) {
        if (out.size() >= max_bytes) return out + "...";
        const Decoded next = decode_utf8(text);
        const std::size_t taken = std::max<std::size_t>(next.bytes, 1);
        if (next.bytes > 0 && is_safe(next.character)) {
            out += text.substr(0, taken);
        } else {
            char escape[16];
            const bool byte_escape = next.bytes <= 1;
            std::snprintf(escape, sizeof escape, byte_escape ? "\\x%02x" : "\\u{%x}",
                          byte_escape ? static_cast<unsigned>(static_cast<std::uint8_t>(text[0]))
                                      : static_cast<unsigned>(next.character));
            out += escape;
        }
        text.remove_prefix(taken);
    }
    return out;
}

}  // namespace chainmend::certs
