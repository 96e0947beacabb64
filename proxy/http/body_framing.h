#pragma once

#include <cstdint>

#include "config/result.h"
#include "proxy/http/request_head.h"
#include "proxy/http/response_head.h"

namespace chainmend::proxy {

/// How the end of a message's body is known (RFC 9112 section 6.3).
struct BodyFraming {
    enum class Kind {
        none,       ///< there is no body
        length,     ///< Content-Length
        chunked,    ///< Transfer-Encoding: chunked
        until_end,  ///< all until the connection ends; responses only
    };
    Kind kind = Kind::none;
    std::uint64_t length = 0;  ///< with Kind::length; may be 0

    bool operator==(const BodyFraming&) const = default;
};

/// ErrorCode::malformed with one printable line when two readers could disagree: both kinds of framing,
/// several lengths, a length that is no number, another transfer coding than chunked. (RequestParser has
/// refused most of it already.)
Result<BodyFraming> framing_of(const RequestHead& head);
/// The same for the answer to `method`; the status codes and methods without a body have none, whatever the
/// head says. Equal lengths said twice count as one.
Result<BodyFraming> framing_of(const ResponseHead& head, const std::string& method);

}  // namespace chainmend::proxy
