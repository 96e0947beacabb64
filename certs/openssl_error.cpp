#include "certs/openssl_error.h"

#include <openssl/err.h>

namespace chainmend::certs {

std::string take_openssl_error() {
    const unsigned long code = ERR_get_error();
    const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
    ERR_clear_error();
    return reason == nullptr ? "unknown reason" : reason;
}

}  // namespace chainmend::certs
