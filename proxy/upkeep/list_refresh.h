#pragma once

#include <memory>

#include "proxy/admin/status.h"
#include "proxy/download/list_fetch.h"
#include "proxy/shared_parts.h"

namespace chainmend::proxy {

/// Looks at repair.list_url, http or https, on a schedule and takes it as it is then, in one step: see
/// take_in_list(). Only what proves itself is taken, whoever wrote the list: CA certificates whose signatures
/// lead to an anchor. What a list says of revoked or disclosed certificates is not: for that there is
/// `chainmend intermediates import`. What is known stays known while a list is fetched, and when that fails.
///
/// Belongs to the loop's thread.
class ListRefresh {
  public:
    /// `parts` outlive it.
    explicit ListRefresh(WorkerParts& parts);
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
    void fetched(ListFetchOutcome outcome);
    void take(Bytes list, std::string entity_tag);
    void done(const std::string& result, const std::string& detail);

    WorkerParts& parts_;
    EventLoop& loop_;
    SharedParts& shared_;
    ListStatus status_;
    std::string entity_tag_;  // of what was taken
    OperationPtr step_;       // the wait for the next look, the fetch, or the intake
};

}  // namespace chainmend::proxy
