#pragma once

#include <string>

namespace chainmend::certs {

/// The reason of the oldest error that libcrypto has noted on this thread ("wrong tag"), which is the one
/// nearest to the cause; empties its queue. "unknown reason" when there is none.
std::string take_openssl_error();

}  // namespace chainmend::certs
