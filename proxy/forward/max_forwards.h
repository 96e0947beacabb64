#pragma once

#include <optional>
#include <string>

#include "config/result.h"
#include "proxy/http/request_head.h"

namespace chainmend::proxy {

/// How many may still pass this request on (Max-Forwards, RFC 9110 section 7.6.2): nothing when that is not
/// limited, and for other methods than TRACE and OPTIONS, which pass the field on as it is. At most
/// 999,999,999, whatever was sent. ErrorCode::malformed when it is no number, or there are two.
Result<std::optional<unsigned>> forwards_left(const RequestHead& head);

/// The whole answer of whoever may not pass the request on any more (RFC 9110 sections 9.3.7 and 9.3.8): to
/// TRACE the request as it came, without what identifies the client (credentials and cookies); to OPTIONS
/// what any server may be asked.
std::string answer_as_last(const RequestHead& head);

}  // namespace chainmend::proxy
