#include "tls/minimum_version.h"

#include <string>

namespace chainmend::tls {

Result<MinimumVersion> parse_minimum_version(std::string_view text) {
    if (text == "1.0") return MinimumVersion::tls1_0;
    if (text == "1.1") return MinimumVersion::tls1_1;
    if (text == "1.2") return MinimumVersion::tls1_2;
    if (text == "1.3") return MinimumVersion::tls1_3;
    return Error{ErrorCode::invalid_argument, "\"" + std::string(text.substr(0, 20)) +
                                                  "\" is no TLS version; it may be 1.0, 1.1, 1.2 or 1.3"};
}

}  // namespace chainmend::tls
