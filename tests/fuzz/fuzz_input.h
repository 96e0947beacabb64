#pragma once

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "config/bytes.h"

namespace chainmend::test {

/// What a fuzzer expects of every input. Ends the process where it does not hold, which libFuzzer reports as
/// a finding.
inline void expect(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "does not hold: %s\n", what);
    std::abort();
}

/// Whether `text` may be shown to a person as one line: no control characters.
inline bool is_one_line(std::string_view text) {
    for (const char c : text) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return false;
    }
    return true;
}

/// A number below `bound` taken from the front of `input`, for where to cut and what to choose; 0 when it is
/// empty.
inline std::size_t take_number(ByteView& input, std::size_t bound) {
    std::size_t number = 0;
    for (int i = 0; i < 2 && !input.empty(); ++i) {
        number = number << 8 | input.front();
        input = input.subspan(1);
    }
    return bound == 0 ? 0 : number % bound;
}

}  // namespace chainmend::test
