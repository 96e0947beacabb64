#pragma once

#include <uv.h>

#include <cstdio>
#include <cstdlib>

#include "config/result.h"

namespace chainmend::proxy {

/// For calls that fail only when the program itself is wrong or memory is out: going on would be worse.
inline void uv_check(int status, const char* what) {
    if (status == 0) return;
    std::fprintf(stderr, "chainmend: %s: %s\n", what, uv_strerror(status));
    std::abort();
}

/// libuv's (negative) status as an error: "connection reset by peer" and the like.
inline Error uv_error(int status) {
    const ErrorCode code = status == UV_ETIMEDOUT ? ErrorCode::timed_out
                           : status == UV_EMFILE || status == UV_ENFILE || status == UV_ENOMEM
                               ? ErrorCode::environment
                               : ErrorCode::network;
    return {code, uv_strerror(status)};
}

/// Closes a handle that is the first member of a heap object `T`, and frees the object once libuv lets go of
/// it.
template <class T>
void close_and_delete(T* object) {
    uv_handle_t* handle = reinterpret_cast<uv_handle_t*>(&object->uv);
    handle->data = object;
    uv_close(handle, [](uv_handle_t* closed) { delete static_cast<T*>(closed->data); });
}

}  // namespace chainmend::proxy
