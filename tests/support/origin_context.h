#pragma once

#include "tests/support/origin.h"

namespace chainmend::test {

/// The SSL_CTX of an origin with these options; also good for in-memory servers. Aborts the test program when
/// libssl does not take them. The caller owns it; `options` must outlive it.
SSL_CTX* make_origin_context(const OriginOptions& options);

/// libssl's earliest queued reason, "" when there is none. Empties the queue.
std::string take_libssl_error();

}  // namespace chainmend::test
