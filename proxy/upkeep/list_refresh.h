#pragma once

#include <memory>

#include "proxy/admin/status.h"
#include "proxy/fetch/http_get.h"
#include "proxy/shared_parts.h"

namespace chainmend::proxy {

/// Looks at repair.list_url on a schedule and takes the issuers that are new in it. Plain HTTP proves nothing
/// about who wrote the list, so only what proves itself is taken: CA certificates whose signatures lead to an
/// anchor. What such a list says of revoked or disclosed certificates is not: for that there is `chainmend
/// intermediates import`. What is known stays known while a list is fetched, and when that fails.
///
/// Belongs to the loop's thread.
class ListRefresh {
  public:
    ListRefresh(EventLoop& loop, Resolver& resolver, SharedParts& shared);
    ListRefresh(const ListRefresh&) = delete;
    ListRefresh& operator=(const ListRefresh&) = delete;

    /// The settings may have changed: another list is looked at now.
    void take_up_snapshot();
    /// Nothing when there is no list.
    std::optional<ListStatus> status() const;

    /// For all of the list. The largest of the public ones has 12 MB.
    static constexpr std::chrono::seconds patience{60};
    /// After a failure, unless the interval is shorter: a machine that woke up has no network yet.
    static constexpr std::chrono::minutes retry_after{10};

  private:
    void look();
    void fetched(HttpGetOutcome outcome);
    void take(Bytes list, std::string entity_tag);
    void done(const std::string& result, const std::string& detail);

    EventLoop& loop_;
    Resolver& resolver_;
    SharedParts& shared_;
    ListStatus status_;
    std::string entity_tag_;  // of what was taken
    OperationPtr step_;       // the wait for the next look, the fetch, or the intake
};

}  // namespace chainmend::proxy
