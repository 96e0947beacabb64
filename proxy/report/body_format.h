#pragma once

#include <string>

namespace chainmend::proxy {

enum class BodyFormat { text, html, json };

/// The first of the three that `accept` (a request's Accept field, may be empty) names as acceptable; text
/// when it names none. Of quality values (RFC 9110 section 12.4.2) only 0 counts, "not acceptable": no client
/// is known to list one it likes less first.
BodyFormat body_format(const std::string& accept);

/// The Content-Type of a body in it.
const char* content_type_of(BodyFormat format);

}  // namespace chainmend::proxy
