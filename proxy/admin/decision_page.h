#pragma once

#include <functional>
#include <optional>
#include <string>

#include "proxy/admin/admin_page.h"
#include "proxy/history/history.h"
#include "proxy/io/event_loop.h"
#include "proxy/io/operation.h"

namespace chainmend::proxy {

/// What stands for ID in a path "/d/ID", whether or not it is one; nothing when it is another path.
std::optional<std::string> asked_decision(const std::string& path);

/// What `chainmend explain ID` says, in the format that `accept` names first: text, HTML or JSON. The history
/// is asked on libuv's thread pool, after it has written what was decided before. `history` is null when none
/// is kept, and outlives the loop.
OperationPtr start_decision_page(EventLoop& loop, History* history, const std::string& id,
                                 const std::string& accept, std::function<void(AdminPage)> completion);

}  // namespace chainmend::proxy
