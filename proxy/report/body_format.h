#pragma once

#include <string>

namespace chainmend::proxy {

enum class BodyFormat { text, html, json };

/// The first of the three that `accept` (a request's Accept field, may be empty) names; text when it names
/// none. Quality values are not weighed: no client is known to list one it dislikes first.
BodyFormat body_format(const std::string& accept);

/// The Content-Type of a body in it.
const char* content_type_of(BodyFormat format);

}  // namespace chainmend::proxy
