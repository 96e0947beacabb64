#pragma once

#include <string>

namespace chainmend::proxy {

enum class BodyFormat { text, html, json };

/// Of the three the one that `accept` (a request's Accept field, may be empty) likes best by its quality
/// value (RFC 9110 section 12.4.2), of equals the first; text when it names none, or none above 0.
BodyFormat body_format(const std::string& accept);

/// The Content-Type of a body in it.
const char* content_type_of(BodyFormat format);

}  // namespace chainmend::proxy
