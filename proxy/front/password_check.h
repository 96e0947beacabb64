#pragma once

#include <functional>
#include <memory>

#include "proxy/front/password_file.h"
#include "proxy/io/event_loop.h"
#include "proxy/io/operation.h"

namespace chainmend::proxy {

/// Tells whether `passwords` know these credentials, computing the hash on the thread pool when they are not
/// remembered. Few hashes are computed at once over all workers, so that guessing does not keep names from
/// being looked up on the same pool.
OperationPtr start_password_check(EventLoop& loop, std::shared_ptr<const PasswordFile> passwords,
                                  Credentials credentials, std::function<void(bool right)> completion);

}  // namespace chainmend::proxy
